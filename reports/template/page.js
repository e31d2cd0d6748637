// SPDX-License-Identifier: MIT
// A button beside each command copies it.  Without script the command can still be selected with one click.
"use strict";
(function () {
  const status = document.getElementById("status");

  function select(code) {
    const range = document.createRange();
    range.selectNodeContents(code);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  }

  async function copy(code, button) {
    let done = false;
    try {
      await navigator.clipboard.writeText(code.textContent);
      done = true;
    } catch (error) {
      select(code);
      done = document.execCommand("copy");
    }
    button.textContent = done ? "Copied" : "Selected";
    status.textContent = done ? "Command copied" : "Command selected";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  }

  for (const code of document.querySelectorAll(".command code")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-label", "Copy: " + code.textContent);
    button.addEventListener("click", () => copy(code, button));
    code.after(" ", button);
  }
})();

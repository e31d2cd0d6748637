# SPDX-License-Identifier: MIT
# Run at build time: puts the files of template/ into the program, so that it needs none at run time.
#   cmake -DOUTPUT=templates.c -DFOLDER=template -DFILES=a;b -P embed.cmake
set(code "/* Made by reports/embed.cmake. */\n#include \"reports/template.h\"\n#include <assert.h>\n#include <stddef.h>\n#include <string.h>\n")
set(table "")
set(number 0)
foreach(file ${FILES})
  file(READ ${FOLDER}/${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND code "static const char file${number}[] = {${bytes}0};\n")
  string(APPEND table "\t{\"${file}\", file${number}},\n")
  math(EXPR number "${number} + 1")
endforeach()
string(APPEND code "static const struct {\n\tconst char *name, *text;\n} files[] = {\n${table}};\n"
  "const char *pr_template(const char *name)\n{\n"
  "\tfor (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)\n"
  "\t\tif (!strcmp(files[i].name, name))\n\t\t\treturn files[i].text;\n"
  "\tassert(!\"a file of reports/template\");\n\treturn \"\";\n}\n")
file(WRITE ${OUTPUT} "${code}")

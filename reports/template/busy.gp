# SPDX-License-Identifier: MIT
# Who else used the processors, block by block.  $lines holds two indices: x, value; $marks the same with hover texts;
# names the labels of the key.
set title title_text
set xlabel x_text
set xrange [0:x_hi]
set yrange [0:y_hi]
set grid ytics ls 2
set lmargin 9
set rmargin 3
set tmargin 2.2
set key outside below left Left reverse samplen 2 width 0 font "sans-serif,13" maxrows 2 height 1
plot for [n = 1:2] $lines index n - 1 using 1:2 with lines dt n lw 2 lc rgb "#000000" notitle, \
     for [n = 1:2] $marks index n - 1 using 1:2:3 with labels hypertext point pt (n == 1 ? 7 : 6) ps 0.75 lc rgb "#000000" notitle, \
     for [n = 1:2] NaN with linespoints dt n pt (n == 1 ? 7 : 6) lw 2 ps 0.75 lc rgb "#000000" title word(names, n)

# SPDX-License-Identifier: MIT
# Something along an option: its values stand at equal steps.  $lines holds one index for each phase: x, value;
# $marks the same with hover texts; names the labels of the key.
set title title_text
set xlabel x_text
set xrange [0.7:x_hi]
set yrange [0:y_hi]
set grid xtics ytics ls 2
set lmargin 8
set rmargin 3
set tmargin 2.2
set key outside below left Left reverse samplen 3 width 0 font "sans-serif,13" maxrows key_rows height 1
plot for [n = 1:rows] $lines index n - 1 using 1:2 with lines dt dash(n) lw 2 lc rgb phase(n) notitle, \
     for [n = 1:rows] $marks index n - 1 using 1:2:3 with labels hypertext point pt shape(n) ps 0.75 lc rgb phase(n) notitle, \
     for [n = 1:rows] NaN with linespoints dt dash(n) lw 2 pt shape(n) ps 0.75 lc rgb phase(n) title word(names, n)

# SPDX-License-Identifier: MIT
# Something along a quantity.  $lines holds one index for each phase: x, value; $marks the same, perhaps fewer, with
# hover texts; names the labels of the key; upright lines stand at mark_1 and mark_2.
set title title_text
set xlabel x_text
set xrange [x_lo:x_hi]
set yrange [0:y_hi]
set grid ytics ls 2
set lmargin 9
set rmargin 3
set tmargin 2.2
set arrow from mark_1, graph 0 to mark_1, graph 1 nohead lw 1 lc rgb "#000000"
set arrow from mark_2, graph 0 to mark_2, graph 1 nohead lw 1 lc rgb "#000000"
set key outside below left Left reverse samplen 3 width -1 font "sans-serif,13" maxrows key_rows height 1
plot for [n = 1:rows] $lines index n - 1 using 1:2 with lines dt dash(n) lw 2 lc rgb phase(n) notitle, \
     for [n = 1:rows] $marks index n - 1 using 1:2:3 with labels hypertext point pt shape(n) ps 0.6 lc rgb phase(n) notitle, \
     for [n = 1:rows] NaN with linespoints dt dash(n) lw 2 pt shape(n) ps 0.75 lc rgb phase(n) title word(names, n)

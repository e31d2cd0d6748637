# SPDX-License-Identifier: MIT
# A metric along an option, whose values stand at equal steps; upwards a logarithm.  $lines holds one index for each
# phase: x, value; $marks the same with lo, hi and hover texts; names the labels of the key.
set title title_text
set xlabel x_text
set xrange [0.7:x_hi]
set logscale y
set yrange [y_lo:y_hi]
set grid xtics ytics ls 2
set lmargin 9
set rmargin 3
set tmargin 2.2
set key outside below left Left reverse samplen 3 width 2 font "sans-serif,13" maxrows key_rows height 1
plot for [n = 1:rows] $lines index n - 1 using 1:2 with lines dt dash(n) lw 2 lc rgb phase(n) notitle, \
     for [n = 1:rows] $marks index n - 1 using 1:2:3:4 with yerrorbars pt -1 lw 1.5 lc rgb phase(n) notitle, \
     for [n = 1:rows] $marks index n - 1 using 1:2:5 with labels hypertext point pt shape(n) ps 0.75 lc rgb phase(n) notitle, \
     for [n = 1:rows] NaN with linespoints dt dash(n) lw 2 pt shape(n) ps 0.75 lc rgb phase(n) title word(names, n)

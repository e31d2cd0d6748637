# SPDX-License-Identifier: MIT
# Latency against offered load.  $corrected and $sent hold one index for each phase: offered load, p99, hover text;
# $knees a point for each phase: knee, p99 there, hover text; names the labels of the key.
set title title_text
set xlabel x_text
set logscale xy
set xrange [x_lo:x_hi]
set yrange [y_lo:y_hi]
set grid xtics ytics ls 2
set lmargin 9
set rmargin 3
set tmargin 2.2
set key outside below left Left reverse samplen 3 width -1 font "sans-serif,13" maxrows key_rows height 1
plot for [n = 1:rows] $sent index n - 1 using 1:2 with lines dt 3 lw 1 lc rgb phase(n) notitle, \
     for [n = 1:rows] $corrected index n - 1 using 1:2 with lines lw 2 lc rgb phase(n) notitle, \
     for [n = 1:rows] $corrected index n - 1 using 1:2:3 with labels hypertext point pt shape(n) ps 0.75 lc rgb phase(n) notitle, \
     for [n = 1:rows] $knees index n - 1 using 1:2:3 with labels hypertext point pt 2 ps 2.2 lc rgb phase(n) notitle, \
     for [n = 1:rows] NaN with linespoints lw 2 pt shape(n) ps 0.75 lc rgb phase(n) title word(names, n)

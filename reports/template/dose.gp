# SPDX-License-Identifier: MIT
# What added calls cost.  $doses holds one index for each series: calls added, change in per cent, its interval, hover
# text; numbers the phase that each belongs to, names the labels of the key.
set title title_text
set xlabel x_text
set xrange [-0.2:x_hi]
set yrange [y_lo:y_hi]
set grid xtics ytics ls 2
set lmargin 8
set rmargin 3
set tmargin 2.2
set key outside below left Left reverse samplen 3 width 2 font "sans-serif,13" maxrows key_rows height 1
of(n) = int(word(numbers, n))
plot 0 with lines ls 1 notitle, \
     for [n = 1:rows] $doses index n - 1 using 1:2:3:4 with yerrorbars pt -1 lw 1.5 lc rgb phase(of(n)) notitle, \
     for [n = 1:rows] $doses index n - 1 using 1:2 with lines dt dash(of(n)) lw 2 lc rgb phase(of(n)) notitle, \
     for [n = 1:rows] $doses index n - 1 using 1:2:5 with labels hypertext point pt shape(of(n)) ps 0.75 lc rgb phase(of(n)) notitle, \
     for [n = 1:rows] NaN with linespoints dt dash(of(n)) lw 2 pt shape(of(n)) ps 0.75 lc rgb phase(of(n)) title word(names, n)

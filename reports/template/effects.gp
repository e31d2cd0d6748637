# SPDX-License-Identifier: MIT
# The change of each phase with its interval, one row each, and the band in which nothing counts.  x is the logarithm
# of the ratio, so that half and double are equally far.  $effects holds one index for each phase: x, row, lo, hi,
# hover text; $beyond: from, row, length of an arrow to what lies outside; $values: row, text at the right.
set title title_text
set xlabel x_text
set xrange [x_lo:x_hi]
set yrange [rows + 0.6:0.4]
set grid xtics ls 2
set border 1 ls 1
set ytics scale 0
set lmargin left
set rmargin 18
set tmargin 2.2
unset key
set object 1 rectangle from band_lo, graph 0 to band_hi, graph 1 fc rgb 0x030000 fs solid noborder behind
set arrow 1 from 0, graph 0 to 0, graph 1 nohead ls 1
plot for [n = 1:rows] $effects index n - 1 using 1:2:3:4 with xerrorbars pt shape(n) ps 0.6 lw 2 lc rgb phase(n) notitle, \
     for [n = 1:rows] $effects index n - 1 using 1:2:5 with labels hypertext point pt shape(n) ps 0.6 lc rgb phase(n) notitle, \
     $beyond using 1:2:3:(0) with vectors head filled size screen 0.012, 25 lw 2 lc rgb "#000000" notitle, \
     $values using (x_hi):1:2 with labels left offset 1, 0 font "sans-serif,12" textcolor rgb "#000000" notitle

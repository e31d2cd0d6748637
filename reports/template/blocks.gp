# SPDX-License-Identifier: MIT
# Every block as a dot: one row for each phase, block 1 at the top of its row.  $dots and $medians hold one
# index for each phase: x, y, hover text; a line at the baseline's median.
set title title_text
set xlabel x_text
if (x_log) set logscale x
set xrange [x_lo:x_hi]
set yrange [rows + 0.6:0.4]
set grid xtics ls 2
set border 1 ls 1
set ytics scale 0
set lmargin left
set rmargin 3
set tmargin 2.2
unset key
if (baseline > 0) set arrow from baseline, 0.4 to baseline, rows + 0.6 nohead dt 2 lw 1 lc rgb phase(1) back
plot for [n = 1:rows] $dots index n - 1 using 1:2:3 with labels hypertext point pt shape(n) ps 0.6 lc rgb phase(n) notitle, \
     $medians using 1:2:(0):($3 - $2) with vectors nohead lw 2.5 lc rgb "#000000" notitle

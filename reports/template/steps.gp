# SPDX-License-Identifier: MIT
# Steps as bars with intervals, one row each.  $bars: from, to, row, fill (3 solid, 0 empty), hover text; $ends: lo, hi,
# row of the 95 % intervals.  The line at 0 is no change.
set title title_text
set xlabel x_text
set xrange [x_lo:x_hi]
set yrange [rows + 0.6:0.4]
set grid xtics ls 2
set border 1 ls 1
set ytics scale 0
set lmargin left
set rmargin 3
set tmargin 2.2
set arrow 1 from 0, graph 0 to 0, graph 1 nohead ls 1
plot $bars using ($4 > 0 ? ($1 + $2) / 2 : NaN):3:1:2:($3 - 0.31):($3 + 0.31) with boxxyerror fs solid border lc rgb part(1) fc rgb part(1) notitle, \
     $bars using ($4 > 0 ? NaN : ($1 + $2) / 2):3:1:2:($3 - 0.31):($3 + 0.31) with boxxyerror fs empty border lc rgb part(1) lc rgb part(1) notitle, \
     $ends using (($1 + $2) / 2):3:1:2 with xerrorbars pt 0 lc rgb "#000000" notitle, \
     $bars using (($1 + $2) / 2):3:5 with labels hypertext point pt 5 ps 2 lc rgb "#ff000000" notitle

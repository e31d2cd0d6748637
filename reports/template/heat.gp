# SPDX-License-Identifier: MIT
# A heat map in rows.  $cells: from, to, top, bottom, colour with its transparency; $told: x, y, hover text.
set title title_text
set xlabel x_text
set logscale x
set xrange [x_lo:x_hi]
set yrange [rows + 0.6:0.4]
set grid xtics ls 2
set border 1 ls 1
set ytics scale 0
set lmargin left
set rmargin 3
set tmargin 2.2
unset key
plot $cells using (sqrt($1 * $2)):3:1:2:3:4:5 with boxxyerror fs solid noborder fc rgb variable notitle, \
     for [n = 1:told_count > 0] $told using 1:2:3 with labels hypertext point pt 5 ps 0.5 lc rgb "#ff000000" notitle

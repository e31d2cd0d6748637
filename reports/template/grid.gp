# SPDX-License-Identifier: MIT
# A quantity over two options: a cell for each pair of values.  $cells: column, row, colour with its transparency; $texts:
# column, row, text; $told: the same, hover text.
set title title_text
set xlabel x_text
set ylabel y_text
set xrange [0.5:columns + 0.5]
set yrange [rows + 0.5:0.5]
set border 0
set tics scale 0
set lmargin left
set rmargin 3
set tmargin 2.2
unset key
plot $cells using 1:2:($1 - 0.48):($1 + 0.48):($2 - 0.46):($2 + 0.46):3 with boxxyerror fs solid noborder fc rgb variable notitle, \
     $texts using 1:2:3 with labels center textcolor rgb "#000000" notitle, \
     $told using 1:2:3 with labels hypertext point pt 5 ps 3 lc rgb "#ff000000" notitle

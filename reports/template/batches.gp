# SPDX-License-Identifier: MIT
# How much one call moves: a bar of 100 % for each phase, cut by size.  $bars holds one index for each part that occurs:
# from, to, row, hover text; $means: row, text at the right.  parts, patterns: number and fill of each.
set title title_text
set xlabel x_text
set xrange [0:1]
set yrange [rows + 0.6:0.4]
set xtics ("0" 0, "50 %%" 0.5, "100 %%" 1)
set border 1 ls 1
set ytics scale 0
set lmargin left
set rmargin 17
set tmargin 2.2
set key outside below left Left reverse samplen 2 height 1 maxrows key_rows
plot for [n = 1:words(parts)] $bars index n - 1 using (($1 + $2) / 2):3:1:2:($3 - 0.31):($3 + 0.31) with boxxyerror \
         fs pattern int(word(patterns, n)) border lc rgb part(int(word(parts, n))) fc rgb part(int(word(parts, n))) title word(names, n), \
     for [n = 1:words(parts)] $bars index n - 1 using (($1 + $2) / 2):3:4 with labels hypertext point pt 5 ps 2 lc rgb "#ff000000" notitle, \
     $means using (1):1:2 with labels left offset 1, 0 font "sans-serif,12" textcolor rgb "#000000" notitle

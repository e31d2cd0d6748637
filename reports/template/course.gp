# SPDX-License-Identifier: MIT
# Something over the course of a run, as a share of what is usual.  $dots holds one index for each phase: x, y; $told
# marks with hover text: x, y, text; $odd what does not count, the same; $line a line over the blocks, with hover texts:
# x, y, text; names the labels of the key; odd_text and line_text are for the key too.
set title title_text
set xlabel x_text
set logscale y
set xrange [0:x_hi]
set yrange [y_lo:y_hi]
set grid ytics ls 2
set lmargin 9
set rmargin 3
set tmargin 2.2
set arrow 1 from 0, 1 to x_hi, 1 nohead ls 1 back
set key outside below left Left reverse samplen 2 width -5 font "sans-serif,13" maxrows key_rows height 1
plot for [n = 1:rows] $dots index n - 1 using 1:2 with points pt shape(n) ps 0.35 lc rgb phase(n) notitle, \
     $line using 1:2 with lines lw 2.5 lc rgb "#000000" notitle, \
     $odd using 1:2 with points pt 2 ps 0.8 lw 1.5 lc rgb "#000000" notitle, \
     for [n = 1:told_count > 0] $told using 1:2:3 with labels hypertext point pt 7 ps 0.8 lc rgb "#ff000000" notitle, \
     for [n = 1:words(names)] NaN with points pt shape(n) ps 0.75 lc rgb phase(n) title word(names, n), \
     NaN with lines lw 2.5 lc rgb "#000000" title line_text, \
     for [n = 1:odd_count > 0] NaN with points pt 2 ps 0.8 lw 1.5 lc rgb "#000000" title odd_text

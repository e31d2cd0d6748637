# SPDX-License-Identifier: MIT
# One series, night by night.  $points: night, effect, low, high, hover text; $levels: from, to, middle, low, high of
# the band; upright lines were set before.
set label 1000 title_text at graph 0, screen 0.955 left font ",14"
set xrange [x_lo:x_hi]
set yrange [y_lo:y_hi]
set grid ytics ls 2
set lmargin left
set rmargin 6
set tmargin 3.4
set bmargin 2.2
unset key
set style fill transparent solid 0.16 noborder
if (has_zero) set arrow from x_lo, 0 to x_hi, 0 nohead lw 1 lc rgb "#000000" back
plot $levels using 1:3:1:2:4:5 with boxxyerror fc rgb colour notitle, \
     $levels using 1:3:($2 - $1):(0) with vectors nohead lw 1.5 lc rgb colour notitle, \
     $points using 1:2:3:4 with yerrorbars pt 0 lw 1 lc rgb colour notitle, \
     $points using 1:2 with lines lw 0.5 lc rgb colour notitle, \
     $points using 1:2:5 with labels hypertext point pt shape(mark) ps 0.6 lc rgb colour notitle

# SPDX-License-Identifier: MIT
# What an A/A phase showed: $points and $alarms, night, effect, hover text; band: what is no change.
set xrange [x_lo:x_hi]
set yrange [y_lo:y_hi]
set grid ytics ls 2
set lmargin left
set rmargin 6
set tmargin 1.2
set bmargin 2.2
unset key
set style fill transparent solid 0.16 noborder
set object 1 rectangle from graph 0, first -band to graph 1, first band fc rgb phase(1) fs transparent solid 0.14 noborder back
set arrow 999 from x_lo, 0 to x_hi, 0 nohead lw 1 lc rgb "#000000" back
plot $points using 1:2:3 with labels hypertext point pt 7 ps 0.35 lc rgb phase(1) notitle, \
     $alarms using 1:2:3 with labels hypertext point pt 5 ps 0.6 lc rgb 0x020200 notitle

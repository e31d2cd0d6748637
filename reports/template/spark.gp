# SPDX-License-Identifier: MIT
# A series as small as a word: $points: night, value.  The last point is a dot in the colour of the text.
unset border
unset tics
unset key
set xrange [-0.7:x_hi]
set yrange [y_lo:y_hi]
set lmargin 0
set rmargin 0.8
set tmargin 0.3
set bmargin 0.3
set object 1 circle at last_x, last_y size graph 0.018 fc rgb "#000000" fs solid noborder front
plot $points using 1:2 with lines lw 1.5 lc rgb colour notitle

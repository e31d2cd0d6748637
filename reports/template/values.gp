# SPDX-License-Identifier: MIT
# Both sides of a case as they were measured: $base (the reference) and $own, each night, value, low, high.
set label 1000 title_text at graph 0, screen 0.955 left font ",14"
set xrange [x_lo:x_hi]
set yrange [y_lo:y_hi]
set grid ytics ls 2
set lmargin left
set rmargin 6
set tmargin 3.4
set key outside below left Left reverse samplen 3 width -1 font "sans-serif,13" maxrows 1 height 1
plot $base using 1:2:3:4 with yerrorbars pt 0 lw 1 lc rgb phase(1) notitle, \
     $own using 1:2:3:4 with yerrorbars pt 0 lw 1 lc rgb colour notitle, \
     $base using 1:2 with linespoints dt 2 lw 1 pt shape(1) ps 0.4 lc rgb phase(1) title name_1, \
     $own using 1:2 with linespoints lw 1 pt shape(mark) ps 0.4 lc rgb colour title name_2

# SPDX-License-Identifier: MIT
# What all pictures share.  #000000 becomes currentColor, 0x010N00 the colour of phase N, 0x020N00 that of
# part N of a bar, 0x030000 the colour of grid lines (reports/svg.h).
set style line 1 lc rgb "#000000" lw 1
set style line 2 lc rgb 0x030000 lw 1
set border 3 ls 1
set tics nomirror out scale 0.5 textcolor rgb "#000000"
set key noenhanced textcolor rgb "#000000"
# slots, where it is set, says which phase of the report each phase of another run is.
slot(n) = exists("slots") ? int(word(slots, n)) : n
phase(n) = 0x010000 + ((slot(n) - 1) % 10 + 1) * 0x100
part(n) = 0x020000 + n * 0x100
shapes = "7 5 9 11 13 6 4 8 10 12"
shape(n) = int(word(shapes, (slot(n) - 1) % 10 + 1))
dash(n) = (slot(n) - 1) % 5 + 1

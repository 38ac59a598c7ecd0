// Package torture kills the real program, again and again, and looks for
// damage.
//
// Its tests build Backstay with the tag testclock, let it protect a tree that
// keeps changing, end it by SIGKILL at every step of its journal and at random
// moments, let it carry on, and compare from outside: the tree, the files at
// the destinations, the rows of the state, the rows that the catalogues give
// back, and what a restore brings. They fill disks, take rights away and turn
// the clock back too, and do the same to a project of the platform, played by
// its emulator. The package never imports the engine, only what starts the
// emulator for its tests: it sees what a user sees.
package torture

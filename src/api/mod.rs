//! Control planes and the typed resources that the commands need.

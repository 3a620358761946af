//! Checks of this repository.

#[cfg(test)]
mod crate_map;
#[cfg(test)]
mod dependencies;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod sources;

//! Which of several images suits a machine best.

use jettison_image::Platform;

/// The place of the nearest; `None` if none runs on `machine`. Of equally near ones the first: the order
/// in an index is its maker's preference. An image that does not say what it is for suits anything.
pub(crate) fn nearest<'p>(
    platforms: impl Iterator<Item = Option<&'p Platform>>,
    machine: &Platform,
) -> Option<usize> {
    let distance =
        |own: Option<&Platform>| own.map_or(Some(0), |own| own.variant_distance(machine));
    platforms
        .enumerate()
        .filter_map(|(place, own)| Some((distance(own)?, place)))
        .min()
        .map(|(_, place)| place)
}

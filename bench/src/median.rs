//! Medians: these machines are noisy.

/// The middle of some measurements; of an even number, the upper of the two.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The least, the middle and the most of some ratios, as a table shows them.
pub(crate) fn spread(mut ratios: Vec<f64>) -> String {
    ratios.sort_by(f64::total_cmp);
    let (least, most) = (ratios.first().copied(), ratios.last().copied());
    format!("{:.2}, {:.2}, {:.2}", least.unwrap_or(f64::NAN), median(ratios), most.unwrap_or(f64::NAN))
}

//! What the circuit computes, without it: the same rows, added up by hand.
//!
//! A digest depends on nothing but how many rows came before, so what a
//! pipeline that starts on some copy computes can be told from that number.
use rand::{SeedableRng, rngs::StdRng};
use std::collections::{BTreeMap, BTreeSet};

/// A row's part of the digest, as one that comes or as one that goes.
pub fn part(key: u64, sum: i64, weight: i64) -> u64 {
    let x = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (sum as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
    x.wrapping_mul(weight as u64 | 1)
}

/// The sums of a pipeline that has read so many rows.
fn sums(rows: usize) -> BTreeMap<u64, i64> {
    let mut random = StdRng::seed_from_u64(super::SEED);
    let mut sums = BTreeMap::new();
    for _ in 0..rows {
        let (k, v) = super::row(&mut random);
        *sums.entry(k).or_insert(0) += v;
    }
    sums
}

/// A sum of 0 is as good as none for an aggregate that is linear.
fn shown(sums: &BTreeMap<u64, i64>, key: u64) -> Option<i64> {
    sums.get(&key).copied().filter(|sum| *sum != 0)
}

pub fn digest(rows: usize) -> u64 {
    let before = sums(rows);
    let (mut after, mut changed) = (before.clone(), BTreeSet::new());
    let mut random = StdRng::seed_from_u64(super::RESTORED_SEED);
    for _ in 0..super::RESTORED_ROWS {
        let (k, v) = super::row(&mut random);
        *after.entry(k).or_insert(0) += v;
        changed.insert(k);
    }
    let mut digest = 0u64;
    for k in changed {
        let (old, new) = (shown(&before, k), shown(&after, k));
        if old == new {
            continue;
        }
        for (sum, weight) in [(old, -1), (new, 1)] {
            digest = digest.wrapping_add(sum.map_or(0, |sum| part(k, sum, weight)));
        }
    }
    digest
}

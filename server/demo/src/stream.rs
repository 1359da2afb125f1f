//! Randomness that is addressed, not consumed: each decision has a stream of its own, so nothing
//! depends on who draws first.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What a stream decides. The value is part of every draw's address: reordering changes the world.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub enum Topic {
    Schools = 1,
    Catalogue,
    Season,
    SignUp,
    Profile,
    Invitation,
    Propensity,
    Move,
    Visits,
    Receipt,
    Favourite,
    Promotion,
    Price,
    Retailer,
    Programme,
    Enrolment,
    Invites,
    Contact,
    Click,
    Activity,
    FirstWeek,
    Fate,
    Dirt,
    Fault,
    Dated,
    Format,
    Money,
}

#[derive(Debug, Clone)]
pub struct Streams {
    origin: ChaCha8Rng,
    seed: u64,
}

impl Streams {
    pub fn new(seed: u64) -> Self {
        Self {
            origin: ChaCha8Rng::seed_from_u64(seed),
            seed,
        }
    }

    /// The stream of one thing: `major` below 2³², `minor` below 2²⁴.
    pub fn of(&self, topic: Topic, major: u64, minor: u64) -> ChaCha8Rng {
        let mut rng = self.origin.clone();
        rng.set_stream(address(topic, major, minor));
        rng.set_word_pos(0);
        rng
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// One number in [0, 1), for decisions that need no more (far cheaper than a stream).
    pub fn unit(&self, topic: Topic, major: u64, minor: u64) -> f64 {
        let mixed = mix(mix(self.seed ^ 0x6a09_e667_f3bc_c908) ^ address(topic, major, minor));
        (mixed >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn address(topic: Topic, major: u64, minor: u64) -> u64 {
    ((topic as u64) << 56) | ((major & 0xffff_ffff) << 24) | (minor & 0xff_ffff)
}

/// SplitMix64's finaliser.
pub fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The index that a unit draw selects among cumulative weights (the last one is their total).
pub fn pick(cumulative: &[f64], unit: f64) -> usize {
    let total = cumulative.last().copied().unwrap_or(0.0);
    cumulative
        .partition_point(|&c| c <= unit * total)
        .min(cumulative.len().saturating_sub(1))
}

pub fn cumulate(weights: impl IntoIterator<Item = f64>) -> Vec<f64> {
    weights
        .into_iter()
        .scan(0.0, |sum, w| {
            *sum += w;
            Some(*sum)
        })
        .collect()
}

//! Which vector instructions this machine has: asked once, and handed to the kernels as a [`Level`].

use std::sync::OnceLock;

/// The instructions that kernels may use. One that says AVX2 can only be had from a machine that has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Level {
    avx2: bool,
}

impl Level {
    /// Plain code only.
    pub const SCALAR: Self = Self { avx2: false };

    /// The best that this machine has, or plain code where the environment variable `RADIOGRAM_SIMD` says `scalar`.
    pub fn best() -> Self {
        static BEST: OnceLock<Level> = OnceLock::new();
        *BEST.get_or_init(|| match std::env::var("RADIOGRAM_SIMD").as_deref() {
            Ok("scalar") => Self::SCALAR,
            _ => Self::detect(),
        })
    }

    #[cfg(target_arch = "x86_64")]
    fn detect() -> Self {
        let bits = std::is_x86_feature_detected!("bmi1") && std::is_x86_feature_detected!("bmi2");
        Self { avx2: bits && std::is_x86_feature_detected!("lzcnt") && std::is_x86_feature_detected!("avx2") }
    }

    #[cfg(not(target_arch = "x86_64"))]
    const fn detect() -> Self {
        Self::SCALAR
    }

    /// True where `avx2`, `bmi1`, `bmi2` and `lzcnt` may be used.
    pub const fn has_avx2(self) -> bool {
        self.avx2
    }
}

impl Default for Level {
    fn default() -> Self {
        Self::best()
    }
}

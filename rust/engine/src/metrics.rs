//! What the engine counts: numbers, as pairs and as Prometheus text.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The upper bounds of the classes of times, in milliseconds; a last class has none.
const BOUNDS: [u64; 10] = [1, 2, 5, 10, 20, 50, 100, 500, 1000, 5000];

macro_rules! counters {
    ($($(#[doc = $doc:literal])* $name:ident,)*) => {
        /// Counters of a server, from its start.
        #[derive(Debug, Default)]
        pub struct Metrics {
            $($(#[doc = $doc])* pub $name: Count,)*
            /// From the command of a C-STORE to its answer.
            pub store_time: Times,
        }

        impl Metrics {
            /// Every counter by its name.
            pub fn counts(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name.get()),)*]
            }

            /// The text that Prometheus reads.
            pub fn prometheus(&self) -> String {
                let mut text = String::new();
                $(describe(&mut text, stringify!($name), concat!($($doc),*), self.$name.get());)*
                self.store_time.describe(&mut text, "store_seconds");
                text
            }
        }
    };
}

counters! {
    /// Connections that were opened.
    connections,
    /// Connections that were secured.
    handshakes,
    /// Connections that were secured by going on with an earlier session.
    handshakes_resumed,
    /// Connections that could not be secured.
    handshakes_failed,
    /// Bytes of records that were received.
    tls_bytes_in,
    /// Bytes of records that were sent.
    tls_bytes_out,
    /// Associations that were accepted.
    accepted,
    /// Associations that were rejected.
    rejected,
    /// Associations that were released in order.
    released,
    /// Associations that a peer aborted.
    aborted_by_peer,
    /// Associations that we aborted because a peer broke the protocol.
    aborted_by_us,
    /// Associations whose connection was lost.
    lost,
    /// Associations that ended because nothing came for too long.
    timed_out,
    /// Bytes that were received.
    bytes_in,
    /// Bytes that were sent.
    bytes_out,
    /// C-ECHO requests.
    echoes,
    /// Instances that were stored and acknowledged.
    stored,
    /// Instances that were refused or failed.
    not_stored,
    /// Panics of a task, which end its association alone.
    panics,
}

/// A counter.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// One more.
    pub fn one(&self) {
        self.add(1);
    }

    /// More.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// How many.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Times in classes.
#[derive(Debug, Default)]
pub struct Times {
    classes: [Count; BOUNDS.len() + 1],
    micros: Count,
}

impl Times {
    /// Counts a time.
    pub fn add(&self, time: Duration) {
        let class =
            BOUNDS.iter().position(|bound| time <= Duration::from_millis(*bound)).unwrap_or(BOUNDS.len());
        self.classes.get(class).into_iter().for_each(Count::one);
        self.micros.add(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    /// How many took no longer than each bound, in milliseconds; the last class has none, and counts all.
    pub fn classes(&self) -> Vec<(Option<u64>, u64)> {
        let mut all = 0;
        let bounds = BOUNDS.iter().copied().map(Some).chain([None]);
        let counted = self.classes.iter().zip(bounds).map(|(class, bound)| {
            all += class.get();
            (bound, all)
        });
        counted.collect()
    }

    /// All of them together.
    pub fn sum(&self) -> Duration {
        Duration::from_micros(self.micros.get())
    }

    fn describe(&self, text: &mut String, name: &str) {
        let _ = writeln!(text, "# TYPE radiogram_{name} histogram");
        let mut all = 0;
        for (class, bound) in self.classes.iter().zip(BOUNDS) {
            all += class.get();
            let (whole, rest) = (bound / 1000, bound % 1000);
            let _ = writeln!(text, "radiogram_{name}_bucket{{le=\"{whole}.{rest:03}\"}} {all}");
        }
        all += self.classes.last().map_or(0, Count::get);
        let micros = self.micros.get();
        let (whole, rest) = (micros / 1_000_000, micros % 1_000_000);
        let _ = writeln!(text, "radiogram_{name}_bucket{{le=\"+Inf\"}} {all}");
        let _ = writeln!(text, "radiogram_{name}_sum {whole}.{rest:06}\nradiogram_{name}_count {all}");
    }
}

/// Appends a number that goes up and down. Writing to a string does not fail.
pub(crate) fn gauge(text: &mut String, name: &str, about: &str, value: usize) {
    let _ = writeln!(text, "# HELP radiogram_{name} {about}\n# TYPE radiogram_{name} gauge");
    let _ = writeln!(text, "radiogram_{name} {value}");
}

/// Appends a counter.
fn describe(text: &mut String, name: &str, about: &str, count: u64) {
    let about = about.trim();
    let _ = writeln!(text, "# HELP radiogram_{name}_total {about}\n# TYPE radiogram_{name}_total counter");
    let _ = writeln!(text, "radiogram_{name}_total {count}");
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Metrics;

    #[test]
    fn numbers_are_text() {
        let metrics = Metrics::default();
        metrics.stored.add(3);
        for millis in [1, 3, 7000] {
            metrics.store_time.add(Duration::from_millis(millis));
        }
        let text = metrics.prometheus();
        assert!(
            text.contains("# HELP radiogram_stored_total Instances that were stored and acknowledged.\n")
        );
        assert!(text.contains("\nradiogram_stored_total 3\n"));
        assert!(text.contains("radiogram_store_seconds_bucket{le=\"0.005\"} 2\n"));
        assert!(text.contains("radiogram_store_seconds_sum 7.004000\nradiogram_store_seconds_count 3\n"));
        assert!(metrics.counts().contains(&("stored", 3)));
        let classes = metrics.store_time.classes();
        assert_eq!((classes.first(), classes.last()), (Some(&(Some(1), 1)), Some(&(None, 3))));
        assert_eq!(metrics.store_time.sum(), Duration::from_millis(7004));
    }
}

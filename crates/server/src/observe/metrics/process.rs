//! The standard process metrics of Prometheus
//! (<https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>), on Linux only.

use prometheus_client::registry::Registry;

/// Registers a collector that measures the process whenever metrics are requested.
#[cfg(target_os = "linux")]
pub(super) fn register(registry: &mut Registry) {
    registry.sub_registry_with_prefix("process").register_collector(Box::new(linux::Process::new()));
}

#[cfg(not(target_os = "linux"))]
pub(super) fn register(_: &mut Registry) {}

#[cfg(target_os = "linux")]
mod linux {
    use nix::time::{ClockId, clock_gettime};
    use procfs::WithCurrentSystemInfo;
    use prometheus_client::collector::Collector;
    use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
    use prometheus_client::metrics::counter::ConstCounter;
    use prometheus_client::metrics::gauge::ConstGauge;
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    #[derive(Debug)]
    pub(super) struct Process {
        /// The start time of the process, in seconds since 1970. Computed once, so that it does not change with the
        /// clock.
        started: Option<f64>,
    }

    impl Process {
        pub(super) fn new() -> Self {
            Process { started: started() }
        }
    }

    /// Computes the start time of the process. The system reports it relative to the boot. The absolute boot time is in
    /// a file that services may not be allowed to read, so it is computed from the time since the boot.
    fn started() -> Option<f64> {
        let process = procfs::process::Process::myself().ok()?;
        let after_boot = process.stat().ok()?.starttime as f64 / procfs::ticks_per_second() as f64;
        let since_boot = Duration::from(clock_gettime(ClockId::CLOCK_BOOTTIME).ok()?).as_secs_f64();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs_f64();
        Some(now - since_boot + after_boot)
    }

    /// One measurement from `/proc`.
    struct Measured {
        cpu_seconds: f64,
        resident_bytes: u64,
        virtual_bytes: u64,
        open_files: u64,
        most_files: Option<u64>,
        threads: i64,
    }

    fn measure() -> procfs::ProcResult<Measured> {
        let process = procfs::process::Process::myself()?;
        let stat = process.stat()?;
        let ticks = procfs::ticks_per_second() as f64;
        let most_files = match process.limits()?.max_open_files.soft_limit {
            procfs::process::LimitValue::Value(n) => Some(n),
            procfs::process::LimitValue::Unlimited => None,
        };
        Ok(Measured {
            cpu_seconds: (stat.utime + stat.stime) as f64 / ticks,
            resident_bytes: stat.rss_bytes().get(),
            virtual_bytes: stat.vsize,
            open_files: process.fd_count()? as u64,
            most_files,
            threads: stat.num_threads,
        })
    }

    impl Collector for Process {
        fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
            // In some sandboxes `/proc` cannot be read; then there are no such metrics.
            let Ok(measured) = measure() else { return Ok(()) };
            let gauge = |n: u64| ConstGauge::new(i64::try_from(n).unwrap_or(i64::MAX));
            let cpu_seconds = ConstCounter::new(measured.cpu_seconds);
            let (resident, all) = (gauge(measured.resident_bytes), gauge(measured.virtual_bytes));
            let (open, most) = (gauge(measured.open_files), measured.most_files.map(gauge));
            let (threads, started) = (ConstGauge::new(measured.threads), self.started.map(ConstGauge::new));
            let metrics: [(&str, &str, Option<&dyn EncodeMetric>); 7] = [
                ("cpu_seconds", "Time of processors, of user and system", Some(&cpu_seconds)),
                ("resident_memory_bytes", "Resident memory", Some(&resident)),
                ("virtual_memory_bytes", "Virtual memory", Some(&all)),
                ("open_fds", "Open files and connections", Some(&open)),
                ("max_fds", "Open files and connections that there may be", most.as_ref().map(|most| most as _)),
                ("threads", "Threads", Some(&threads)),
                (
                    "start_time_seconds",
                    "When the process started, since 1970",
                    started.as_ref().map(|started| started as _),
                ),
            ];
            for (name, help, metric) in metrics {
                let Some(metric) = metric else { continue };
                metric.encode(encoder.encode_descriptor(name, help, None, metric.metric_type())?)?;
            }
            Ok(())
        }
    }
}

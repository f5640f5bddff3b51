//! A certificate that only this bench trusts, and TLS 1.3 as the load generator speaks it.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore};

use super::http::HOST;

/// A self-signed certificate in two files.
pub struct Certificate {
    /// The file of the certificate.
    pub chain: PathBuf,
    /// The file of its private key.
    pub key: PathBuf,
    /// A client that trusts this certificate alone.
    pub trusted: Arc<ClientConfig>,
}

impl Certificate {
    /// Makes one, and writes it to the folder.
    pub fn make(folder: &Path) -> Result<Certificate, Box<dyn Error>> {
        let made = rcgen::generate_simple_self_signed([HOST.to_owned()])?;
        let [chain, key] = ["bench.crt", "bench.key"].map(|name| folder.join(name));
        std::fs::write(&chain, made.cert.pem())?;
        std::fs::write(&key, made.signing_key.serialize_pem())?;
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone())?;
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_protocol_versions(&[&TLS13])?;
        let trusted = Arc::new(builder.with_root_certificates(roots).with_no_client_auth());
        Ok(Certificate { chain, key, trusted })
    }
}

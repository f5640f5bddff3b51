//! TLS: certificates from files, which can be reloaded, or generated at start.

use crate::config::Tls;
use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// Accepts TLS connections.
pub(crate) struct Acceptor {
    tls: Tls,
    /// The configuration of new connections. TLS sessions of an older certificate are not resumed with it.
    config: ArcSwap<ServerConfig>,
}

/// The result of reading the files again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reloaded {
    /// New connections get the certificate that was read from this file.
    Certificate(PathBuf),
    /// There is nothing to reload: certificate and key do not come from files.
    Nothing,
}

impl Acceptor {
    pub fn new(tls: Tls) -> Result<Self, String> {
        let identity = match &tls {
            Tls::Files { certificate, key } => from_files(certificate, key)?,
            Tls::SelfSigned => self_signed()?,
        };
        Ok(Acceptor { config: ArcSwap::new(config(identity)?), tls })
    }

    /// Accepts a connection with the current certificate.
    pub fn accept(&self, stream: TcpStream) -> tokio_rustls::Accept<TcpStream> {
        TlsAcceptor::from(self.config.load_full()).accept(stream)
    }

    /// Reads the files again. If the new certificate cannot be used, the old one stays in use.
    pub fn reload(&self) -> Result<Reloaded, String> {
        let Tls::Files { certificate, key } = &self.tls else { return Ok(Reloaded::Nothing) };
        self.config.store(config(from_files(certificate, key)?)?);
        Ok(Reloaded::Certificate(certificate.clone()))
    }
}

/// A configuration of TLS 1.2 and 1.3 with this certificate.
fn config((certificates, key): Identity) -> Result<Arc<ServerConfig>, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key));
    let mut config = config.map_err(|error| error.to_string())?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The names in a certificate that is generated at start. SDKs that know a server by the name of an environment call
/// the hosts `login.` and `api.` below it.
const NAMES: [&str; 5] = ["localhost", "login.localhost", "api.localhost", "127.0.0.1", "::1"];

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn from_files(certificate: &Path, key: &Path) -> Result<Identity, String> {
    let problem = |path: &Path, error: String| format!("{}: {error}", path.display());
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(certificate).map_err(|error| problem(certificate, error.to_string()))?.collect();
    let certificates = certificates.map_err(|error| problem(certificate, error.to_string()))?;
    if certificates.is_empty() {
        return Err(problem(certificate, "there is no certificate in it".into()));
    }
    Ok((certificates, PrivateKeyDer::from_pem_file(key).map_err(|error| problem(key, error.to_string()))?))
}

fn self_signed() -> Result<Identity, String> {
    let names = NAMES.map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names).map_err(|error| error.to_string())?;
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    Ok((vec![made.cert.der().clone()], key.into()))
}

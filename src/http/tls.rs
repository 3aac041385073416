//! How a server proves who it is, and why a TLS connection was not made, in plain words.

use rustls::{AlertDescription, CertificateError, Error};

/// How one server proves who it is, where the system's trust store does not say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// By these authorities (PEM) and no others.
    Authorities(Vec<u8>),
    /// Not at all.
    Anything,
}

/// What the TLS library's `problem` means for a person. There is no way to continue anyway.
pub(super) fn reason(problem: &Error) -> String {
    let plain = match problem {
        Error::InvalidCertificate(problem) => return certificate(problem),
        Error::NoCertificatesPresented => "it presents no certificate",
        Error::PeerIncompatible(_)
        | Error::AlertReceived(
            AlertDescription::ProtocolVersion
            | AlertDescription::HandshakeFailure
            | AlertDescription::InsufficientSecurity,
        ) => "it offers no TLS version (1.2 or newer) or cipher that is accepted",
        Error::InvalidMessage(_) => "it does not speak TLS",
        other => return other.to_string(),
    };
    plain.to_owned()
}

fn certificate(problem: &CertificateError) -> String {
    let plain = match problem {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired, or this machine's clock is wrong"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet, or this machine's clock is wrong"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name"
        }
        CertificateError::UnknownIssuer => "its certificate is not signed by an authority that this machine trusts",
        CertificateError::Revoked => "its certificate was revoked",
        CertificateError::BadSignature => "its certificate's signature is wrong",
        other => return format!("its certificate is not acceptable: {other}"),
    };
    plain.to_owned()
}

#[cfg(test)]
mod tests {
    use rustls::{AlertDescription, CertificateError, Error};

    use super::reason;

    #[test]
    fn the_usual_reasons_are_told_apart() {
        // DSC-19
        for (problem, word) in [
            (Error::InvalidCertificate(CertificateError::Expired), "expired"),
            (Error::InvalidCertificate(CertificateError::NotValidYet), "not valid yet"),
            (Error::InvalidCertificate(CertificateError::NotValidForName), "another name"),
            (Error::InvalidCertificate(CertificateError::UnknownIssuer), "trusts"),
            (Error::InvalidCertificate(CertificateError::Revoked), "revoked"),
            (Error::InvalidCertificate(CertificateError::BadEncoding), "not acceptable"),
            (Error::AlertReceived(AlertDescription::ProtocolVersion), "TLS version"),
            (Error::NoCertificatesPresented, "no certificate"),
        ] {
            assert!(reason(&problem).contains(word), "{problem:?}: {}", reason(&problem));
        }
    }
}

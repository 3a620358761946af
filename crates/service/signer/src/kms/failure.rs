//! From what the SDK says to what an operator is told.

use super::{
    der::KmsAnswerFault,
    error::{AwsKmsError, KmsAction},
};
use crate::said::{Name, Said};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_kms::{
    config::http::HttpResponse,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
};
use std::{error::Error, iter, time::Duration};
use tracing::trace;

/// A request that failed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) action: KmsAction,
    pub(super) region: &'a str,
    /// What it may have taken.
    pub(super) timeout: Duration,
}

impl Asked<'_> {
    /// Why a request failed.
    pub(super) fn failed<E>(self, err: SdkError<E, HttpResponse>) -> AwsKmsError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let timeout = self.timeout;
        if let Some(credentials) = chain(&err).find_map(|err| err.downcast_ref()) {
            return credentials_failed(credentials);
        }
        match err {
            SdkError::TimeoutError(_) => AwsKmsError::TimedOut { timeout },
            SdkError::DispatchFailure(failure) if failure.is_timeout() => {
                AwsKmsError::TimedOut { timeout }
            }
            SdkError::ServiceError(answer) => {
                let status = answer.raw().status().as_u16();
                self.refused(status, answer.err().code(), answer.err().message())
            }
            SdkError::ResponseError(answer) => match answer.raw().status().as_u16() {
                status @ 500.. => AwsKmsError::Failing { status },
                _ => KmsAnswerFault::Unreadable.into(),
            },
            SdkError::ConstructionFailure(_) => AwsKmsError::Settings { source: source_of(err) },
            _ => AwsKmsError::Unreachable { source: source_of(err) },
        }
    }

    /// What AWS answered, by the codes that all its services and KMS have.
    fn refused(self, status: u16, code: Option<&str>, message: Option<&str>) -> AwsKmsError {
        let Self { action, region, .. } = self;
        let said = Said::new(message);
        let code = code.unwrap_or_default();
        match code {
            "AccessDeniedException" | "AccessDenied" | "NotAuthorizedException" => {
                AwsKmsError::NotPermitted { action, said }
            }
            "ExpiredTokenException" | "ExpiredToken" => AwsKmsError::CredentialsExpired,
            "RequestExpired" | "RequestTimeTooSkewed" => AwsKmsError::WrongClock,
            "InvalidSignatureException" if is_about_time(message) => AwsKmsError::WrongClock,
            "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "IncompleteSignature"
            | "IncompleteSignatureException"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException" => {
                AwsKmsError::CredentialsWrong { code: Name::new(code) }
            }
            "NotFoundException" | "InvalidArnException" => {
                AwsKmsError::NoKey { region: region.to_owned(), said }
            }
            "UnsupportedOperationException" | "InvalidKeyUsageException" => {
                AwsKmsError::OtherKind { action, said }
            }
            "DisabledException" => AwsKmsError::Disabled,
            "KMSInvalidStateException" => AwsKmsError::WrongState { said },
            "ThrottlingException"
            | "Throttling"
            | "ThrottledException"
            | "RequestThrottledException"
            | "RequestLimitExceeded"
            | "TooManyRequestsException"
            | "LimitExceededException" => AwsKmsError::Throttled,
            "KMSInternalException"
            | "DependencyTimeoutException"
            | "KeyUnavailableException"
            | "InternalFailure"
            | "ServiceUnavailable"
            | "ServiceUnavailableException" => AwsKmsError::Failing { status },
            _ if status == 429 => AwsKmsError::Throttled,
            _ if status >= 500 => AwsKmsError::Failing { status },
            // Other messages may cite the request, with the token that it was signed with.
            "ValidationException" => AwsKmsError::Refused { status, code: Name::new(code), said },
            "" => KmsAnswerFault::Unreadable.into(),
            _ => AwsKmsError::Refused { status, code: Name::new(code), said: Said::default() },
        }
    }
}

/// A signature that was too old for AWS, and not a wrong one: the code is the same.
fn is_about_time(message: Option<&str>) -> bool {
    message.is_some_and(|text| text.contains("expired") || text.contains("not yet current"))
}

const fn credentials_failed(err: &CredentialsError) -> AwsKmsError {
    match err {
        CredentialsError::CredentialsNotLoaded(_) => AwsKmsError::NoCredentials,
        _ => AwsKmsError::CredentialsFailed,
    }
}

fn chain<'a>(err: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    iter::successors(Some(err), |&err| err.source())
}

/// What is behind an error that is no answer.
fn source_of<E>(err: SdkError<E, HttpResponse>) -> Box<dyn Error + Send + Sync>
where
    E: Error + Send + Sync + 'static,
{
    trace!(target: "rollup_node::signer", err = %DisplayErrorContext(&err), "no answer of AWS KMS");
    err.into_source().unwrap_or_else(|err| Box::new(err))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn refused(status: u16, code: &str) -> AwsKmsError {
        let timeout = Duration::from_secs(1);
        let asked = Asked { action: KmsAction::Sign, region: "r", timeout };
        asked.refused(status, Some(code).filter(|code| !code.is_empty()), Some("token=secret"))
    }

    #[rstest]
    #[case("SignatureDoesNotMatch")]
    #[case("IncompleteSignature")]
    #[case("UnrecognizedClientException")]
    #[case("SomethingNew")]
    fn what_may_cite_the_request_is_not_shown(#[case] code: &str) {
        let err = refused(400, code);
        assert!(!err.to_string().contains("secret"), "{err}");
        assert!(err.to_string().contains(code), "{err}");
    }

    #[rstest]
    #[case(503, "")]
    #[case(500, "SomethingNew")]
    #[case(429, "")]
    #[case(400, "ThrottlingException")]
    #[case(500, "KMSInternalException")]
    #[case(400, "KeyUnavailableException")]
    fn faults_of_aws_pass(#[case] status: u16, #[case] code: &str) {
        use crate::tries::OpeningError as _;
        assert!(refused(status, code).is_passing());
    }
}

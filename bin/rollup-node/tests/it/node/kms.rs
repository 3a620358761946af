//! Blocks signed with a key in AWS KMS: settings of AWS as operators have them, in the environment and
//! in files.

use super::{BlockLine, Node, field, node_command};
use crate::{
    Run,
    aws::{Aws, clear, credentials},
};
use rollup_kms_devnet::{Answer, KmsFront, SECRETS};
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    time::Duration,
};
use tempfile::TempDir;

/// A service with one key, and what stands before it.
struct Kms {
    directory: TempDir,
    front: KmsFront,
    aws: Aws,
}

impl Kms {
    fn start() -> Self {
        let aws = Aws::start();
        let front = KmsFront::start(&aws.moto).unwrap();
        Self { directory: TempDir::new().unwrap(), front, aws }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The program, with no settings of AWS but the address of the service.
    fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = node_command(self.path(), arguments);
        clear(&mut command, self.path());
        command.env("AWS_ENDPOINT_URL_KMS", self.front.url());
        command
    }

    /// The program, with credentials in the environment. The region is in the ARN of the key.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare(arguments);
        command.envs(credentials());
        command
    }

    /// A node that makes a block in every slot of a quarter of a second.
    fn sequencer(&self, more: &[&str]) -> Command {
        let arguments = [
            &["node", "--sequencer.enabled", "--sequencer.auto-start"][..],
            &["--sequencer.allow-empty-blocks", "--sequencer.block-time", "250"],
            &["--sequencer.payload-building-duration", "100", "--datadir", "data"],
            &["--signer.aws-kms-key-id", &self.aws.key][..],
            more,
        ];
        self.command(&arguments.concat())
    }

    fn address_command(&self, key: &str) -> [String; 4] {
        ["keys", "address", "--aws-kms-key-id", key].map(str::to_owned)
    }

    /// `keys address` with these settings of AWS instead of those in the environment.
    fn address(&self, key: &str, settings: &[(&str, &str)]) -> Run {
        let arguments = self.address_command(key);
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let run: Run =
            self.bare(&arguments).envs(settings.iter().copied()).output().unwrap().into();
        for secret in SECRETS {
            assert!(!run.stdout.contains(secret) && !run.stderr.contains(secret), "{run:?}");
        }
        run
    }

    /// The address of the key.
    fn key_address(&self) -> String {
        let settings = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", SECRETS[0])];
        self.address(&self.aws.key, &settings).success().trim_end().to_owned()
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> String {
        let path = self.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path.display().to_string()
    }
}

#[test]
fn a_sequencer_signs_with_its_key_in_aws_kms() {
    let kms = Kms::start();
    let address = kms.key_address();
    // It is the authorized signer, or it would not start.
    let node = Node::spawn(&mut kms.sequencer(&["--consensus.authorized-signer", &address]));
    let (_, ready) = node.log.wait(0, "INFO rollup_node::signer: Signer ready ");
    assert_eq!(field(&ready, "address"), Some(address.as_str()));
    assert_eq!(field(&ready, "kind"), Some("aws-kms"));
    let mut at = 0;
    for number in 1..=8 {
        let block;
        (at, block) = node.log.next_block(at);
        assert_eq!(block.number, number);
        at += 1;
    }
    let lines = node.log.lines();
    let signed: Vec<_> = lines.iter().filter(|line| line.contains(BlockLine::STAGES[1])).collect();
    assert!(signed.len() >= 8);
    assert!(signed.iter().all(|line| field(line, "signer") == Some(&address)), "{signed:?}");
    let shown = lines.join("\n");
    assert!(!SECRETS.iter().any(|secret| shown.contains(secret)), "{shown}");
    node.stop();
    let operations = kms.front.operations();
    assert_eq!(operations.iter().filter(|name| *name == "GetPublicKey").count(), 2);
}

#[test]
fn a_key_of_another_address_than_the_authorized_one_stops_the_start() {
    let kms = Kms::start();
    let authorized = "0x0000000000000000000000000000000000000001";
    let mut command = kms.sequencer(&["--consensus.authorized-signer", authorized]);
    let expected = format!(
        "this key, of {}, is not the authorized signer {authorized} of \
         --consensus.authorized-signer; give its key, or --sequencer.allow-unauthorized for a standby",
        kms.key_address()
    );
    assert_eq!(Node::spawn(&mut command).wait().error(2), expected);
}

#[test]
fn a_key_that_cannot_be_used_stops_the_start_before_anything_is_made() {
    let kms = Kms::start();
    let message = "User: node is not authorized to perform: kms:Sign";
    kms.front.on_sign(Answer::error("AccessDeniedException", message));
    let run = Node::spawn(&mut kms.sequencer(&[])).wait();
    let expected = format!(
        "Failed to initialize AWS KMS signer for key {}: the permission kms:Sign on the key is \
         missing; allow kms:Sign to this node in the policy of its role or in the policy of the key, \
         which says \"{message}\"",
        kms.aws.key
    );
    assert_eq!(run.error(2), expected);
    assert!(!kms.path().join("data").exists());
}

#[test]
fn blocks_go_on_when_the_service_answers_again() {
    let kms = Kms::start();
    let node = Node::spawn(&mut kms.sequencer(&["--signer.timeout", "2s"]));
    let (at, _) = node.log.next_block(0);
    let throttled = Answer::error("ThrottlingException", "Rate exceeded");
    kms.front.on_next_signs([throttled.clone(), throttled]);
    let (at, line) = node.log.wait(at, "WARN rollup_node::signer: signing failed ");
    assert!(line.contains("attempts=1 "), "{line}");
    let (at, _) = node.log.next_block(at);
    node.log.next_block(at + 1);
    node.stop();
}

#[test]
fn the_address_of_a_key_is_asked_for_with_every_kind_of_settings() {
    let kms = Kms::start();
    let address = kms.key_address();
    let program = kms.write(
        "program",
        &format!(
            "#!/bin/sh\necho '{{\"Version\":1,\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"{}\"}}'\n",
            SECRETS[0]
        ),
        0o700,
    );
    let url = kms.front.url();
    let config = format!(
        "[profile program]\ncredential_process = {program}\nregion = us-east-1\n\
         [profile keys]\nendpoint_url = {url}\nregion = us-east-1\n"
    );
    kms.write("config", &config, 0o600);
    let credentials =
        format!("[keys]\naws_access_key_id=a\naws_secret_access_key={}\n", SECRETS[0]);
    kms.write("credentials", &credentials, 0o600);
    let id = kms.aws.key.rsplit('/').next().unwrap();
    assert_eq!(kms.address(id, &[("AWS_PROFILE", "program")]).success().trim_end(), address);
    assert_eq!(kms.address(id, &[("AWS_PROFILE", "keys")]).success().trim_end(), address);
    // The region is in the ARN, or in the environment.
    let keys = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", SECRETS[0])];
    assert_eq!(kms.address(&kms.aws.key, &keys).success().trim_end(), address);
    let with_region = [&keys[..], &[("AWS_REGION", "us-east-1")]].concat();
    assert_eq!(kms.address(id, &with_region).success().trim_end(), address);
    let url = kms.aws.moto.url();
    let general = [&with_region[..], &[("AWS_ENDPOINT_URL", url.as_str())]].concat();
    assert_eq!(kms.address(id, &general).success().trim_end(), address);
}

#[test]
fn settings_of_aws_that_give_no_credentials_are_named() {
    let kms = Kms::start();
    let program =
        kms.write("program", &format!("#!/bin/sh\necho {} >&2\nexit 1\n", SECRETS[0]), 0o700);
    kms.write("config", &format!("[profile program]\ncredential_process = {program}\n"), 0o600);
    let failed = "the AWS credentials cannot be loaded; look at the AWS profile, its credential process \
                  and the role of this machine, with `aws sts get-caller-identity`";
    let missing = "there are no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name \
                   a profile in AWS_PROFILE, or give this machine a role";
    for (settings, expected) in [
        (&[][..], missing),
        (&[("AWS_PROFILE", "program")], failed),
        (&[("AWS_PROFILE", "none")], missing),
    ] {
        let error = kms.address(&kms.aws.key, settings).error(2);
        let start = format!("Failed to initialize AWS KMS signer for key {}: ", kms.aws.key);
        assert_eq!(error.strip_prefix(&start), Some(expected), "{settings:?}: {error}");
    }
    let keys = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", SECRETS[0])];
    let error = kms.address("alias/a", &keys).error(2);
    assert!(error.contains(": no AWS region is named; set AWS_REGION "), "{error}");
}

#[test]
fn slots_with_a_signer_that_is_far_away_have_their_blocks() {
    let kms = Kms::start();
    kms.front.on_sign(Answer::Late(Duration::from_millis(80)));
    let node = Node::spawn(&mut kms.sequencer(&["--signer.timeout", "5s"]));
    let mut at = 0;
    for number in 1..=12 {
        let block;
        (at, block) = node.log.next_block(at);
        // None is left out, and none is signed twice; whether a busy machine lost a slot is not asked.
        assert_eq!(block.number, number);
        at += 1;
    }
    node.stop();
    let signs = kms.front.operations().iter().filter(|name| *name == "Sign").count();
    assert!(signs >= 13, "{signs}");
}

//! A reader who does what a document says, command by command, in one directory.

use crate::{
    aws::Aws,
    l1::DocumentedL1,
    node::{FREE_PORTS, Node, node_command},
};
use alloy_primitives::Address;
use rollup_l1_devnet::packages::cast_directory;
use rollup_workspace::{DocumentedCommand, workspace_root};
use std::{
    env,
    ffi::OsString,
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, symlink},
    process::Command,
};
use tempfile::TempDir;

/// Exit codes of a command that a document may show: done, and "no" for an answer.
const DOCUMENTED_EXIT_CODES: [i32; 2] = [0, 1];
/// What the commands of the documents read; they run in directories of their own, where nothing of
/// the repository is.
const SHARED: &str = "examples";
/// Name of a file that documents tell their readers to put a password in.
const PASSWORD_FILE: &str = "password";
/// The key in AWS KMS of the documents. The tests replace it by one that is there.
const KMS_KEY: &str = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
/// The flag that tells a node of an L1. The tests replace its value by one that is there.
const L1_URL: &str = "--l1.url";
/// The authorized signer for a node without a key.
const SOMEBODY: Address = Address::repeat_byte(0x51);
/// Programs besides this one whose commands are run.
const CLIENTS: [&str; 2] = ["curl", "cast"];
/// The node that a reader has who is told to call one, and not how to start it.
const ANY_NODE: [&str; 2] = ["node", "--dev"];
/// Ports in the documents, and whose they are. The tests replace them by free ones.
const PORTS: [(&str, Server); 5] = [
    ("8545", Server::Rpc("http")),
    ("8546", Server::Rpc("ws")),
    ("8547", Server::Rpc("admin")),
    ("8181", Server::Other("Health")),
    ("9001", Server::Other("Metrics")),
];

#[derive(Clone, Copy, Debug)]
enum Server {
    Rpc(&'static str),
    Other(&'static str),
}

/// The value of a flag.
fn value_mut<'a>(arguments: &'a mut [String], flag: &str) -> Option<&'a mut String> {
    let at = arguments.iter().position(|argument| argument == flag)?;
    arguments.get_mut(at + 1)
}

/// Whether a command of a document is run.
pub(crate) fn is_run(command: &DocumentedCommand) -> bool {
    command.rollup_node_arguments().is_some() || CLIENTS.contains(&command.program())
}

/// The directory, and the node that the last command for one started.
#[derive(Debug)]
pub(crate) struct Session {
    directory: TempDir,
    node: Option<Node>,
    /// Started when a command names a key there.
    aws: Option<Aws>,
    /// What the node follows, if it was told of an L1.
    l1: Option<DocumentedL1>,
}

impl Session {
    pub(crate) fn new() -> Self {
        let directory = TempDir::new().unwrap();
        symlink(workspace_root().join(SHARED), directory.path().join(SHARED)).unwrap();
        // The documents have it made with another program than this one.
        let path = directory.path().join(PASSWORD_FILE);
        fs::write(&path, "correct horse battery staple\n").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        Self { directory, node: None, aws: None, l1: None }
    }

    /// Runs a command, and gives what is printed; `None` of a node, which goes on.
    pub(crate) fn run(&mut self, command: &DocumentedCommand) -> Option<String> {
        let arguments = command.rollup_node_arguments();
        let is_node = arguments.as_ref().is_some_and(|arguments| {
            arguments.first() == Some(&"node") && !arguments.contains(&"--help")
        });
        match arguments {
            Some(arguments) if is_node => {
                self.start(&arguments);
                None
            }
            Some(arguments) => {
                let mut program = self.program(&arguments);
                for (name, _) in FREE_PORTS {
                    program.env_remove(name);
                }
                Some(finish(command, program))
            }
            None => {
                if self.node.is_none() {
                    self.start(&ANY_NODE);
                }
                Some(finish(command, self.client(&command.command)))
            }
        }
    }

    /// Starts a node in the place of the one before, and waits until it has its first block; on a chain
    /// whose blocks come with transactions, until it knows L1.
    fn start(&mut self, arguments: &[&str]) {
        self.stop();
        let free = |argument: &&str| {
            let port = PORTS.iter().map(|(port, _)| port).find(|port| argument.ends_with(**port));
            port.map_or_else(|| argument.to_string(), |port| argument.replace(port, "0"))
        };
        let mut arguments: Vec<_> = arguments.iter().map(free).collect();
        self.l1 = self.l1_of(&arguments);
        if let (Some(l1), Some(url)) = (&self.l1, value_mut(&mut arguments, L1_URL)) {
            *url = l1.url();
        }
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let node = Node::spawn(&mut self.program(&arguments));
        match self.l1 {
            Some(DocumentedL1::Mainnet(_)) => {
                drop(node.log.wait(0, "rollup_node::l1: L1 is synced"))
            }
            Some(DocumentedL1::Dev(_)) | None => drop(node.log.next_block(0)),
        }
        self.node = Some(node);
    }

    /// The program with these arguments, and with AWS if they name a key there.
    fn program(&mut self, arguments: &[&str]) -> Command {
        let directory = self.directory.path();
        if !arguments.contains(&KMS_KEY) {
            return node_command(directory, arguments);
        }
        let aws = self.aws.get_or_insert_with(Aws::start);
        let real = |argument: &&str| {
            if *argument == KMS_KEY { aws.key.clone() } else { argument.to_string() }
        };
        let arguments: Vec<_> = arguments.iter().map(real).collect();
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let mut program = node_command(directory, &arguments);
        aws.give_to(&mut program, directory);
        program
    }

    /// An L1 for a node that is told of one: it names the node's key as that of the signer.
    fn l1_of(&mut self, arguments: &[String]) -> Option<DocumentedL1> {
        let value = |name: &str| {
            let at = arguments.iter().position(|argument| argument == name)?;
            arguments.get(at + 1)
        };
        value(L1_URL)?;
        let chain = value("--chain").map_or("dev", String::as_str);
        let key = ["key-file", "aws-kms-key-id"].into_iter().find_map(|kind| {
            let key = value(&format!("--signer.{kind}"))?;
            Some((format!("--{kind}"), key))
        });
        let signer = key.map_or(SOMEBODY, |(kind, key)| {
            let output = self.program(&["keys", "address", &kind, key]).output().unwrap();
            String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
        });
        Some(DocumentedL1::start(chain, signer))
    }

    /// A command of a program that calls the node.
    fn client(&self, line: &str) -> Command {
        let node = self.node.as_ref().unwrap();
        let mut line = line.to_owned();
        for (port, server) in PORTS {
            if line.contains(&format!(":{port}")) {
                let address = match server {
                    Server::Rpc(name) => node.address(name),
                    Server::Other(name) => node.other_address(name),
                };
                let (_, actual) = address.rsplit_once(':').unwrap();
                line = line.replace(&format!(":{port}"), &format!(":{actual}"));
            }
        }
        let mut path = OsString::from(cast_directory().unwrap());
        path.push(":");
        path.push(env::var_os("PATH").unwrap());
        let mut command = Command::new("sh");
        command.args(["-c", &line]).current_dir(self.directory.path()).env("PATH", path);
        // What `cast` calls where the line names no server.
        command.env("ETH_RPC_URL", format!("http://{}", node.address("http")));
        command
    }

    /// Ends the node, if one runs.
    pub(crate) fn stop(&mut self) {
        if let Some(node) = self.node.take() {
            node.stop();
        }
    }
}

/// Runs a program to its end, and gives what it prints.
fn finish(command: &DocumentedCommand, mut program: Command) -> String {
    let output = program.output().unwrap();
    let printed = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    let printed = printed.concat();
    let code = output.status.code().unwrap();
    assert!(
        DOCUMENTED_EXIT_CODES.contains(&code),
        "{}:{}: `{}` ends with {code}: {printed}",
        command.file.display(),
        command.line,
        command.command,
    );
    printed
}

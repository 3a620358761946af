//! Names of groups of methods, and which of them a server is asked to serve.

use std::{
    collections::BTreeSet,
    fmt::{self, Display, Formatter},
    str::FromStr,
};
use thiserror::Error;

/// A group of methods. Their names begin with its name and an underscore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RpcNamespace {
    /// `admin`: peers.
    Admin,
    /// `debug`: traces and raw forms.
    Debug,
    /// `eth`: what every wallet needs.
    Eth,
    /// `net`: chain id and peer count.
    Net,
    /// `trace`: traces in the form of Parity.
    Trace,
    /// `txpool`: content of the pool.
    Txpool,
    /// `web3`: version and hash.
    Web3,
    /// `rpc`: what is served.
    Rpc,
    /// `reth`: balance changes.
    Reth,
    /// `ots`: the methods of Otterscan.
    Ots,
    /// `flashbots`: validation of bids.
    Flashbots,
    /// `miner`: stubs.
    Miner,
    /// `mev`: stubs.
    Mev,
    /// `rollupNode`: status of the rollup.
    RollupNode,
    /// `rollupNodeAdmin`: control of the sequencer.
    RollupNodeAdmin,
    /// `scroll`: fees of this chain.
    Scroll,
}

impl RpcNamespace {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Admin,
        Self::Debug,
        Self::Eth,
        Self::Net,
        Self::Trace,
        Self::Txpool,
        Self::Web3,
        Self::Rpc,
        Self::Reth,
        Self::Ots,
        Self::Flashbots,
        Self::Miner,
        Self::Mev,
        Self::RollupNode,
        Self::RollupNodeAdmin,
        Self::Scroll,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Debug => "debug",
            Self::Eth => "eth",
            Self::Net => "net",
            Self::Trace => "trace",
            Self::Txpool => "txpool",
            Self::Web3 => "web3",
            Self::Rpc => "rpc",
            Self::Reth => "reth",
            Self::Ots => "ots",
            Self::Flashbots => "flashbots",
            Self::Miner => "miner",
            Self::Mev => "mev",
            Self::RollupNode => "rollupNode",
            Self::RollupNodeAdmin => "rollupNodeAdmin",
            Self::Scroll => "scroll",
        }
    }

    /// Whether its methods change how the node runs. It is not served to whoever can reach the
    /// machine.
    pub const fn is_admin(self) -> bool {
        matches!(self, Self::Admin | Self::RollupNodeAdmin)
    }

    /// The one a method belongs to by its name.
    pub fn of_method(method: &str) -> Option<Self> {
        let (namespace, _) = method.split_once('_')?;
        namespace.parse().ok()
    }
}

impl Display for RpcNamespace {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for RpcNamespace {
    type Err = UnknownModuleError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownModuleError { name: name.to_owned() };
        Self::ALL.into_iter().find(|namespace| namespace.name() == name).ok_or_else(unknown)
    }
}

/// A name that is not that of a namespace. Worded as operators know it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("Unknown RPC module: '{name}'")]
pub struct UnknownModuleError {
    /// The name.
    pub name: String,
}

/// What a server is asked to serve.
///
/// The text form is a list with commas, in which case matters. As its first item, in any case, `all`
/// and `none` stand for everything and for nothing, whatever follows; what follows is checked all
/// the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RpcModuleSelection {
    /// Every namespace but [`RpcNamespace::RollupNodeAdmin`], which has to be named.
    All,
    /// These.
    Only(BTreeSet<RpcNamespace>),
}

impl RpcModuleSelection {
    /// These namespaces.
    pub fn only(namespaces: impl IntoIterator<Item = RpcNamespace>) -> Self {
        Self::Only(namespaces.into_iter().collect())
    }

    /// The namespaces it stands for.
    pub fn namespaces(&self) -> BTreeSet<RpcNamespace> {
        match self {
            Self::All => {
                let named_only =
                    |namespace: &RpcNamespace| *namespace != RpcNamespace::RollupNodeAdmin;
                RpcNamespace::ALL.into_iter().filter(named_only).collect()
            }
            Self::Only(namespaces) => namespaces.clone(),
        }
    }
}

impl Default for RpcModuleSelection {
    fn default() -> Self {
        Self::only([RpcNamespace::Eth, RpcNamespace::Net, RpcNamespace::Web3])
    }
}

impl Display for RpcModuleSelection {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Only(namespaces) if namespaces.is_empty() => f.write_str("none"),
            Self::Only(namespaces) => {
                for (index, namespace) in namespaces.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(f, "{comma}{namespace}")?;
                }
                Ok(())
            }
        }
    }
}

impl FromStr for RpcModuleSelection {
    type Err = UnknownModuleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Ok(Self::only([]));
        }
        let mut names = text.split(',').map(str::trim).peekable();
        let word = names.peek().map_or_else(String::new, |first| first.to_ascii_lowercase());
        let is_word = matches!(word.as_str(), "all" | "none");
        let named = names.skip(usize::from(is_word)).map(str::parse).collect::<Result<_, _>>()?;
        Ok(match word.as_str() {
            "all" => Self::All,
            "none" => Self::only([]),
            _ => Self::Only(named),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<RpcModuleSelection, String> {
        text.parse().map_err(|err: UnknownModuleError| err.to_string())
    }

    #[test]
    fn selects_what_is_listed() {
        let eth_and_net = RpcModuleSelection::only([RpcNamespace::Eth, RpcNamespace::Net]);
        assert_eq!(parse("net, eth,net"), Ok(eth_and_net));
    }

    #[test]
    fn the_documented_list_of_names_is_known() {
        let text = "admin,debug,eth,net,trace,txpool,web3,rpc,reth,ots,flashbots,miner,mev";
        assert_eq!(parse(text).unwrap().namespaces().len(), 13);
        assert_eq!(parse("rollupNode,rollupNodeAdmin,scroll").unwrap().namespaces().len(), 3);
    }

    #[test]
    fn words_count_in_any_case_and_only_in_front() {
        for text in ["all", "ALL", "All,eth"] {
            assert_eq!(parse(text), Ok(RpcModuleSelection::All), "{text}");
        }
        for text in ["none", "NONE", "none,eth", ""] {
            assert_eq!(parse(text), Ok(RpcModuleSelection::only([])), "{text}");
        }
        assert_eq!(parse("eth,all"), Err("Unknown RPC module: 'all'".to_owned()));
    }

    #[test]
    fn rejects_unknown_names() {
        for (text, name) in
            [("eth,bogus", "bogus"), ("Eth", "Eth"), ("eth,,net", ""), ("all,bogus", "bogus")]
        {
            assert_eq!(parse(text), Err(format!("Unknown RPC module: '{name}'")), "{text}");
        }
    }

    #[test]
    fn everything_leaves_control_of_the_sequencer_out() {
        let all = RpcModuleSelection::All.namespaces();
        assert!(!all.contains(&RpcNamespace::RollupNodeAdmin));
        assert_eq!(all.len(), RpcNamespace::ALL.len() - 1);
    }

    #[test]
    fn its_text_selects_the_same() {
        for text in ["all", "none", "eth,net,web3", "debug,eth,rollupNodeAdmin"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn methods_belong_to_the_namespace_before_the_underscore() {
        let of = RpcNamespace::of_method;
        assert_eq!(of("eth_call"), Some(RpcNamespace::Eth));
        assert_eq!(of("rollupNodeAdmin_stop"), Some(RpcNamespace::RollupNodeAdmin));
        assert_eq!(of("ethcall"), None);
        assert_eq!(of("other_call"), None);
    }
}

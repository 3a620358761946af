//! Which nodes a transaction came through.

use alloy_primitives::hex;
use std::{fmt, str::FromStr};
use thiserror::Error;

/// Header of a forwarded request: the nodes that it came through, in order, with commas.
pub const VIA_HEADER: &str = "x-rollup-forwarded-by";
/// Nodes that a transaction may come through, at most.
const MAX_NODES: usize = 8;

/// Name of a node for as long as it runs: random, so that it tells nothing of the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeId([u8; 8]);

impl NodeId {
    /// Another one than any other.
    pub fn random() -> Self {
        Self(rand::random())
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// The nodes that a transaction came through, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Via(Vec<NodeId>);

/// A header that names no nodes, or too many.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ViaError {
    /// Not the names of nodes.
    #[error("the header {VIA_HEADER} does not hold the names of nodes")]
    Malformed(#[from] hex::FromHexError),
    /// As many as would be in a circle.
    #[error("the transaction was forwarded by {MAX_NODES} nodes already")]
    TooMany,
}

impl Via {
    /// Whether the transaction came through this node.
    pub fn contains(&self, node: NodeId) -> bool {
        self.0.contains(&node)
    }

    /// The same, and through this node.
    #[must_use]
    pub(crate) fn and(&self, node: NodeId) -> Self {
        Self(self.0.iter().copied().chain([node]).collect())
    }
}

impl FromStr for Via {
    type Err = ViaError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut nodes = Vec::new();
        for name in text.split(',') {
            if nodes.len() == MAX_NODES {
                return Err(ViaError::TooMany);
            }
            let mut id = [0; 8];
            hex::decode_to_slice(name.trim(), &mut id)?;
            nodes.push(NodeId(id));
        }
        Ok(Self(nodes))
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, node) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{node}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let (first, second) = (NodeId([1; 8]), NodeId([0xab; 8]));
        let via = Via::default().and(first).and(second);
        assert_eq!(via.to_string(), "0101010101010101, abababababababab");
        assert_eq!(via.to_string().parse(), Ok(via.clone()));
        assert!(via.contains(first) && !via.contains(NodeId([2; 8])));
    }

    #[test]
    fn refuses_what_is_no_name_and_more_names_than_can_be() {
        for text in ["", "x", "0101", "0101010101010101,", "010101010101010101"] {
            assert!(matches!(text.parse::<Via>(), Err(ViaError::Malformed(_))), "{text}");
        }
        let text = ["0101010101010101"; MAX_NODES].join(",");
        assert!(text.parse::<Via>().is_ok());
        let text = format!("{text},0101010101010101");
        assert_eq!(text.parse::<Via>(), Err(ViaError::TooMany));
    }
}

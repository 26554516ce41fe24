"""Optimal-transport flow matching (OT-CFM), Tong et al. 2302.00482: flow matching on better pairs."""

from models.flow_matching import FlowMatching


class OTCFM(FlowMatching):
    """Noise and data of a batch are paired at the least total squared distance, so lines hardly cross.

    The batch decides what is learnt: with one sample per batch it is flow matching, with all it is optimal transport.
    """

    title = "OT-CFM"
    targets = ("conditional",)
    couplings = ("ot",)

// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../../script/Vm.sol";
import {Pcs} from "./Pcs.sol";
import {Pki} from "./Pki.sol";

/// Quotes, byte by byte: TDX of version 4 unless said otherwise. A quote is a
/// Spec; whoever wants a fault changes the part, and build() re-signs what
/// follows from it, unless the fault is made in the built bytes.
library Quotes {
    struct Spec {
        bytes header;
        /// In version 5 with its descriptor.
        bytes body;
        uint256 attestationKey;
        /// Signs header and body: the attestation key, if nobody forges.
        uint256 quoteSigner;
        bytes qeAuth;
        /// The quoting enclave's report up to its report data.
        bytes qeReport;
        /// Empty: what the attestation key and qeAuth demand.
        bytes qeReportData;
        uint256 qeReportSigner;
        bytes pem;
        uint16 outerType;
        uint16 innerType;
        bytes padding;
    }

    /* Places in a built quote. */
    uint256 internal constant BODY = 48;
    uint256 internal constant SIGNED = 632;
    uint256 internal constant AUTH = 636;

    /* Places in the body. */
    uint256 internal constant MR_SIGNER_SEAM = 64;
    uint256 internal constant SEAM_ATTRIBUTES = 112;
    uint256 internal constant TD_ATTRIBUTES = 120;
    uint256 internal constant MR_TD = 136;
    uint256 internal constant MR_CONFIG_ID = 184;
    uint256 internal constant RTMR0 = 328;
    uint256 internal constant REPORT_DATA = 520;

    function valid(bytes32 reportData) internal pure returns (Spec memory) {
        return withChain(reportData, chain());
    }

    /// PCK, CA, root.
    function chain() internal pure returns (bytes memory) {
        return bytes.concat(pem(Pki.pckDer()), pem(Pki.caDer()), pem(Pki.rootDer()));
    }

    /// A valid quote with a certificate chain that was built before.
    function withChain(bytes32 reportData, bytes memory certificates)
        internal
        pure
        returns (Spec memory s)
    {
        s.header = abi.encodePacked(
            hex"040002008100000000000000",
            bytes16(0x939a7233f79c4ca9940a0db3957f0607),
            bytes20(keccak256("qe id"))
        );
        s.body = abi.encodePacked(
            abi.encodePacked(Pcs.TEE_TCB_SVN, m48("mrseam"), new bytes(56)),
            abi.encodePacked(bytes8(0x0000001000000000), bytes8(0xe702060000000000), m48("mrtd")),
            abi.encodePacked(new bytes(144), m48("rtmr0"), m48("rtmr1"), m48("rtmr2")),
            abi.encodePacked(m48("rtmr3"), reportData, bytes32(0))
        );
        s.attestationKey = Pki.ATTESTATION;
        s.quoteSigner = Pki.ATTESTATION;
        s.qeAuth = abi.encodePacked(keccak256("qe auth data"));
        s.qeReport = qe(2);
        s.qeReportSigner = Pki.PCK;
        s.pem = certificates;
        (s.outerType, s.innerType) = (6, 5);
    }

    /// SGX, version 3.
    function sgx(bytes32 reportData, bytes memory certificates)
        internal
        pure
        returns (Spec memory s)
    {
        s = withChain(reportData, certificates);
        s.header = patched(s.header, 0, hex"0300020000000000");
        s.body = bytes.concat(
            bytes.concat(new bytes(48), bytes16(0x0500000000000000e700000000000000)),
            bytes.concat(keccak256("mrenclave"), new bytes(32), keccak256("mrsigner")),
            bytes.concat(new bytes(96), hex"03000900", new bytes(60), reportData, new bytes(32))
        );
        s.qeReport = qe(1);
        (s.outerType, s.innerType) = (0, 5);
    }

    /// TDX, version 5: TD report 1.0, or 1.5 with the module that runs now.
    function version5(bytes32 reportData, bytes memory certificates, bool td15, bytes16 svn2)
        internal
        pure
        returns (Spec memory s)
    {
        s = withChain(reportData, certificates);
        s.header = patched(s.header, 0, hex"0500");
        s.body = td15
            ? bytes.concat(hex"030088020000", s.body, svn2, new bytes(48))
            : bytes.concat(hex"020048020000", s.body);
    }

    /// A TD report 1.5 as one of 1.5ex, with the id of its launch.
    function extended(Spec memory s) internal pure returns (Spec memory) {
        bytes memory more = bytes.concat(bytes1(0), keccak256("launch"), new bytes(204));
        s.body = bytes.concat(patched(s.body, 0, hex"040075030000"), more);
        return s;
    }

    /// A quoting enclave's report up to its report data; ISVSVN is 8.
    function qe(uint8 product) internal pure returns (bytes memory) {
        return bytes.concat(
            bytes.concat(new bytes(48), bytes16(0x1500000000000000e700000000000000)),
            bytes.concat(keccak256("qe"), new bytes(32), Pcs.QE_SIGNER, new bytes(96)),
            bytes.concat(bytes1(product), hex"000800", new bytes(60))
        );
    }

    function patched(bytes memory data, uint256 at, bytes memory with)
        internal
        pure
        returns (bytes memory out)
    {
        out = bytes.concat(data);
        for (uint256 i = 0; i < with.length; i++) {
            out[at + i] = with[i];
        }
    }

    function measurement() internal pure returns (bytes32) {
        return sha256(
            abi.encodePacked(m48("mrtd"), m48("rtmr0"), m48("rtmr1"), m48("rtmr2"), m48("rtmr3"))
        );
    }

    function build(Spec memory s) internal pure returns (bytes memory) {
        bytes memory signed = bytes.concat(s.header, s.body);
        bytes memory auth = bytes.concat(sign(s.quoteSigner, signed), publicKey(s.attestationKey));
        bytes memory certification = _certification(s);
        if (s.header[0] != 0x03) {
            auth = bytes.concat(auth, u16(s.outerType), u32(certification.length));
        }
        auth = bytes.concat(auth, certification);
        return bytes.concat(signed, u32(auth.length), auth, s.padding);
    }

    function _certification(Spec memory s) private pure returns (bytes memory) {
        bytes memory reportData = s.qeReportData;
        if (reportData.length == 0) {
            bytes32 bound = sha256(bytes.concat(publicKey(s.attestationKey), s.qeAuth));
            reportData = abi.encodePacked(bound, bytes32(0));
        }
        bytes memory qeReport = bytes.concat(s.qeReport, reportData);
        return bytes.concat(
            bytes.concat(
                qeReport, sign(s.qeReportSigner, qeReport), u16(s.qeAuth.length), s.qeAuth
            ),
            bytes.concat(u16(s.innerType), u32(s.pem.length), s.pem)
        );
    }

    function sign(uint256 key, bytes memory data) internal pure returns (bytes memory) {
        (bytes32 r, bytes32 s) = vm.signP256(key, sha256(data));
        return abi.encodePacked(r, s);
    }

    function publicKey(uint256 key) internal pure returns (bytes memory) {
        (uint256 x, uint256 y) = vm.publicKeyP256(key);
        return abi.encodePacked(x, y);
    }

    function m48(string memory what) internal pure returns (bytes memory) {
        return abi.encodePacked(keccak256(bytes(what)), bytes16(keccak256(bytes(what))));
    }

    function u16(uint256 v) internal pure returns (bytes memory) {
        return abi.encodePacked(uint8(v), uint8(v >> 8));
    }

    function u32(uint256 v) internal pure returns (bytes memory) {
        return abi.encodePacked(uint8(v), uint8(v >> 8), uint8(v >> 16), uint8(v >> 24));
    }

    function pem(bytes memory der) internal pure returns (bytes memory out) {
        bytes memory text = bytes(vm.toBase64(der));
        out = "-----BEGIN CERTIFICATE-----\n";
        for (uint256 at = 0; at < text.length; at += 64) {
            uint256 n = text.length - at < 64 ? text.length - at : 64;
            bytes memory line = new bytes(n);
            assembly ("memory-safe") {
                mcopy(add(line, 0x20), add(add(text, 0x20), at), n)
            }
            out = bytes.concat(out, line, "\n");
        }
        return bytes.concat(out, "-----END CERTIFICATE-----\n");
    }
}

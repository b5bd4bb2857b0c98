// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../../script/Vm.sol";
import {CollateralRegistry} from "../../src/attestation/CollateralRegistry.sol";
import {Crls} from "./Crls.sol";
import {Pki} from "./Pki.sol";

/// TCB info and QE identities as Intel's service writes them, of the test PKI.
/// A text is a struct of parts, so that a test changes one and has the rest
/// written and signed.
library Pcs {
    struct Level {
        bytes16 sgx;
        uint256 pceSvn;
        bytes16 tdx;
        string date;
        string status;
        /// What stands between the brackets; empty: no member.
        string advisories;
    }

    struct SvnLevel {
        uint256 isvSvn;
        string status;
        string advisories;
    }

    struct Module {
        string id;
        bytes signer;
        bytes8 attributes;
        SvnLevel[] levels;
    }

    struct Info {
        bool tdx;
        /// The leading members, up to nextUpdate's value.
        string id;
        string version;
        string issued;
        string next;
        bytes fmspc;
        bytes pceId;
        string tcbType;
        string evaluation;
        Module module;
        Module[] modules;
        Level[] levels;
    }

    struct Identity {
        string id;
        string version;
        string issued;
        string next;
        string evaluation;
        bytes4 miscSelect;
        bytes4 miscSelectMask;
        bytes16 attributes;
        bytes16 attributesMask;
        bytes32 signer;
        string product;
        SvnLevel[] levels;
    }

    string internal constant ISSUED = "2023-11-14T22:13:20Z";
    string internal constant NEXT = "2033-05-18T03:33:20Z";
    string internal constant DATE = "2023-08-09T00:00:00Z";
    bytes32 internal constant QE_SIGNER = keccak256("qe signer");
    /// TEE_TCB_SVN of Quotes' TD reports.
    bytes16 internal constant TEE_TCB_SVN = 0x05010200000000000000000000000000;

    /* Valid ones. */

    function tdx() internal pure returns (Info memory i) {
        i = _info("TDX");
        i.tdx = true;
        i.module = Module("", new bytes(48), 0, new SvnLevel[](0));
        i.modules = new Module[](2);
        i.modules[0] = module("TDX_03", 3);
        i.modules[1] = module("TDX_01", 4);
    }

    function sgx() internal pure returns (Info memory) {
        return _info("SGX");
    }

    function module(string memory id, uint256 isvSvn) internal pure returns (Module memory) {
        return Module(id, new bytes(48), 0, svnLevels(isvSvn));
    }

    function identity(bool isTdx) internal pure returns (Identity memory i) {
        (i.id, i.version, i.product) = (isTdx ? "TD_QE" : "QE", "2", isTdx ? "2" : "1");
        (i.issued, i.next, i.evaluation) = (ISSUED, NEXT, "17");
        i.miscSelectMask = 0xffffffff;
        i.attributes = 0x11000000000000000000000000000000;
        i.attributesMask = 0xfbffffffffffffff0000000000000000;
        i.signer = QE_SIGNER;
        i.levels = svnLevels(8);
    }

    /// UpToDate from this version on, OutOfDate from two below, Revoked before.
    function svnLevels(uint256 isvSvn) internal pure returns (SvnLevel[] memory levels) {
        levels = new SvnLevel[](3);
        levels[0] = SvnLevel(isvSvn, "UpToDate", "");
        levels[1] = SvnLevel(isvSvn - 2, "OutOfDate", '"INTEL-SA-00615"');
        levels[2] = SvnLevel(isvSvn - 3, "Revoked", "");
    }

    function levels2() internal pure returns (Level[] memory levels) {
        levels = new Level[](2);
        levels[0] = Level(
            Pki.COMPONENTS, Pki.PCE_SVN, 0x05000200000000000000000000000000, DATE, "UpToDate", ""
        );
        levels[1] = Level(
            0x01010101010100010100000000000000,
            5,
            0x03000100000000000000000000000000,
            DATE,
            "OutOfDate",
            '"INTEL-SA-00289","INTEL-SA-00615"'
        );
    }

    function _info(string memory id) private pure returns (Info memory i) {
        (i.id, i.version, i.tcbType, i.evaluation) = (id, "3", "0", "17");
        (i.issued, i.next) = (ISSUED, NEXT);
        (i.fmspc, i.pceId) = (abi.encodePacked(Pki.FMSPC), abi.encodePacked(Pki.PCE_ID));
        i.levels = levels2();
    }

    /* As text. */

    function text(Info memory i) internal pure returns (bytes memory) {
        return bytes.concat(_head(i), _modules(i), _levels(i), "}");
    }

    function _head(Info memory i) private pure returns (bytes memory) {
        return bytes.concat(
            _window(i.id, i.version, i.issued, i.next),
            bytes.concat(',"fmspc":"', digits(i.fmspc), '","pceId":"', digits(i.pceId)),
            bytes.concat('","tcbType":', bytes(i.tcbType)),
            bytes.concat(',"tcbEvaluationDataNumber":', bytes(i.evaluation))
        );
    }

    function _window(
        string memory id,
        string memory version,
        string memory issued,
        string memory next
    ) private pure returns (bytes memory) {
        return bytes.concat(
            bytes.concat('{"id":"', bytes(id), '","version":', bytes(version)),
            bytes.concat(',"issueDate":"', bytes(issued), '","nextUpdate":"', bytes(next), '"')
        );
    }

    function _modules(Info memory i) private pure returns (bytes memory out) {
        if (!i.tdx) return out;
        out = bytes.concat(',"tdxModule":{', _signer(i.module), "}");
        if (i.modules.length == 0) return out;
        out = bytes.concat(out, ',"tdxModuleIdentities":[');
        for (uint256 n = 0; n < i.modules.length; n++) {
            Module memory m = i.modules[n];
            out = bytes.concat(out, n == 0 ? bytes("") : bytes(","), '{"id":"', bytes(m.id), '",');
            out = bytes.concat(out, _signer(m), ',"tcbLevels":', _svnLevels(m.levels), "}");
        }
        return bytes.concat(out, "]");
    }

    function _signer(Module memory m) private pure returns (bytes memory) {
        return bytes.concat(
            '"mrsigner":"',
            digits(m.signer),
            '","attributes":"',
            digits(abi.encodePacked(m.attributes)),
            '","attributesMask":"FFFFFFFFFFFFFFFF"'
        );
    }

    function _levels(Info memory i) private pure returns (bytes memory out) {
        out = ',"tcbLevels":[';
        for (uint256 n = 0; n < i.levels.length; n++) {
            Level memory l = i.levels[n];
            out = bytes.concat(out, n == 0 ? bytes("") : bytes(","));
            out = bytes.concat(out, '{"tcb":{"sgxtcbcomponents":', components(l.sgx, 16));
            out = bytes.concat(out, ',"pcesvn":', bytes(vm.toString(l.pceSvn)));
            if (i.tdx) out = bytes.concat(out, ',"tdxtcbcomponents":', components(l.tdx, 16));
            out = bytes.concat(out, _verdict(l.date, l.status, l.advisories));
        }
        return bytes.concat(out, "]");
    }

    /// Some with what Intel says of them besides.
    function components(bytes16 svns, uint256 count) internal pure returns (bytes memory out) {
        out = "[";
        for (uint256 n = 0; n < count; n++) {
            out = bytes.concat(out, n == 0 ? bytes("") : bytes(","), '{"svn":');
            out = bytes.concat(out, bytes(vm.toString(uint256(uint8(svns[n % 16])))));
            if (n < 4) out = bytes.concat(out, ',"category":"OS/VMM"');
            if (n < 2) out = bytes.concat(out, ',"type":"SGX Late Microcode Update"');
            out = bytes.concat(out, "}");
        }
        return bytes.concat(out, "]");
    }

    function _verdict(string memory date, string memory status, string memory advisories)
        private
        pure
        returns (bytes memory out)
    {
        out = bytes.concat('},"tcbDate":"', bytes(date), '","tcbStatus":"', bytes(status), '"');
        if (bytes(advisories).length == 0) return bytes.concat(out, "}");
        return bytes.concat(out, ',"advisoryIDs":[', bytes(advisories), "]}");
    }

    function _svnLevels(SvnLevel[] memory levels) private pure returns (bytes memory out) {
        out = "[";
        for (uint256 n = 0; n < levels.length; n++) {
            SvnLevel memory l = levels[n];
            out = bytes.concat(out, n == 0 ? bytes("") : bytes(","));
            out = bytes.concat(out, '{"tcb":{"isvsvn":', bytes(vm.toString(l.isvSvn)));
            out = bytes.concat(out, _verdict(DATE, l.status, l.advisories));
        }
        return bytes.concat(out, "]");
    }

    function text(Identity memory i) internal pure returns (bytes memory) {
        bytes memory head = bytes.concat(
            _window(i.id, i.version, i.issued, i.next),
            bytes.concat(',"tcbEvaluationDataNumber":', bytes(i.evaluation))
        );
        bytes memory masks = bytes.concat(
            bytes.concat(',"miscselect":"', digits(abi.encodePacked(i.miscSelect))),
            bytes.concat('","miscselectMask":"', digits(abi.encodePacked(i.miscSelectMask))),
            bytes.concat('","attributes":"', digits(abi.encodePacked(i.attributes))),
            bytes.concat('","attributesMask":"', digits(abi.encodePacked(i.attributesMask)))
        );
        return bytes.concat(
            bytes.concat(head, masks, '","mrsigner":"', digits(abi.encodePacked(i.signer))),
            bytes.concat('","isvprodid":', bytes(i.product), ',"tcbLevels":'),
            bytes.concat(_svnLevels(i.levels), "}")
        );
    }

    /// Hexadecimal, in capitals as Intel has it.
    function digits(bytes memory data) internal pure returns (bytes memory out) {
        bytes memory all = "0123456789ABCDEF";
        out = new bytes(2 * data.length);
        for (uint256 i = 0; i < data.length; i++) {
            out[2 * i] = all[uint8(data[i]) >> 4];
            out[2 * i + 1] = all[uint8(data[i]) & 15];
        }
    }

    /* On chain. */

    function sign(bytes memory data, uint256 key) internal pure returns (bytes memory) {
        (bytes32 r, bytes32 s) = vm.signP256(key, sha256(data));
        return abi.encodePacked(r, s);
    }

    function put(CollateralRegistry registry, Info memory i) internal {
        bytes memory json = text(i);
        registry.putTcbInfo(json, sign(json, Pki.SIGNER), keccak256(Pki.signerDer()));
    }

    function put(CollateralRegistry registry, Identity memory i) internal {
        bytes memory json = text(i);
        registry.putQeIdentity(json, sign(json, Pki.SIGNER), keccak256(Pki.signerDer()));
    }

    /// Certificates and lists, and the platform.
    function putPki(CollateralRegistry registry) internal returns (bytes32 pckId) {
        registry.putCrl(Crls.rootDer());
        registry.addCa(Pki.caDer());
        registry.putCrl(Crls.caDer());
        registry.addTcbSigner(Pki.signerDer());
        return registry.registerPck(Pki.pckDer());
    }

    /// All that quotes of the platform need, of SGX and TDX.
    function putAll(CollateralRegistry registry) internal returns (bytes32 pckId) {
        pckId = putPki(registry);
        put(registry, sgx());
        put(registry, tdx());
        put(registry, identity(false));
        put(registry, identity(true));
    }
}

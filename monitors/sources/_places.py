"""From the codes that warnings carry to ISO 3166 regions, as far as a code itself tells where it is.

American alerts name counties and zones (UGC: two letters, C or Z, three digits; SAME: six digits of which the second
and third are the state's FIPS number), Canadian ones census divisions whose first two digits are the province, and
MeteoAlarm's begin with the country. Nothing here needs a map; what no code tells, the judge reads from the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from monitors.sources._settings import REGION

AT_SEA = "XZ"
"""International waters in UN/LOCODE; ISO 3166 leaves the code to its users, so that it meets no country's region."""

_STATE_NUMBERS = (
    "01:AL 02:AK 04:AZ 05:AR 06:CA 08:CO 09:CT 10:DE 11:DC 12:FL 13:GA 15:HI 16:ID 17:IL 18:IN 19:IA 20:KS 21:KY "
    "22:LA 23:ME 24:MD 25:MA 26:MI 27:MN 28:MS 29:MO 30:MT 31:NE 32:NV 33:NH 34:NJ 35:NM 36:NY 37:NC 38:ND 39:OH "
    "40:OK 41:OR 42:PA 44:RI 45:SC 46:SD 47:TN 48:TX 49:UT 50:VT 51:VA 53:WA 54:WV 55:WI 56:WY "
    "60:AS 66:GU 69:MP 72:PR 78:VI"
)
_WATER_NUMBERS = "57:PZ 58:PK 59:PH 61:PS 65:PM 73:AN 75:AM 77:GM 91:LS 92:LM 93:LH 94:LC 96:LE 97:LO 98:SL"
STATES = dict(pair.split(":") for pair in _STATE_NUMBERS.split())
TERRITORIES = frozenset(("AS", "GU", "MP", "PR", "VI"))  # ISO 3166 knows them as countries, too
ASSOCIATED = {"64": "FM", "68": "MH", "70": "PW"}  # countries of their own, for which the NWS warns
WATERS = dict(pair.split(":") for pair in _WATER_NUMBERS.split())
PROVINCES = {
    "10": "NL", "11": "PE", "12": "NS", "13": "NB", "24": "QC", "35": "ON", "46": "MB", "47": "SK", "48": "AB",
    "59": "BC", "60": "YT", "61": "NT", "62": "NU",
}  # fmt: skip
_UGC = re.compile(r"([A-Z]{2})[CZ](?:\d{3}|ALL)")
_SAME = re.compile(r"\d(\d{2})\d{3}")
_CENSUS = re.compile(r"(\d{2})\d{0,5}")
_EUROPEAN = re.compile(r"([A-Z]{2})[A-Z0-9]{1,5}")
_STATE_AT_END = re.compile(r",\s*([A-Z]{2})\s*(?:;|$)")
_EUROPE_SAYS = {"UK": "GB", "EL": "GR"}  # the Union's own spelling of two countries


def american(ugc: Iterable[str], same: Iterable[str], area: str = "") -> tuple[str, ...]:
    """`US-XX` for each state the codes name, else for each that the area's words end in; `XZ` for waters alone."""
    letters = {found.group(1) for code in ugc if (found := _UGC.fullmatch(code.strip().upper()))}
    numbers = [found.group(1) for code in same if (found := _SAME.fullmatch(code.strip()))]
    known = STATES | ASSOCIATED | WATERS
    letters = letters or {known[number] for number in numbers if number in known}
    letters = letters or set(_STATE_AT_END.findall(area))
    return _regions(letters)


def state(code: str) -> tuple[str, ...]:
    """The regions of one postal code; empty for letters that are none."""
    return _regions({code.strip().upper()})


def of_geocode(name: str, value: str) -> tuple[str, ...]:
    """The regions of one geocode of a CAP document; empty for systems that we cannot place."""
    system, codes = name.strip().upper(), value.upper().split()
    if system == "UGC":
        return american(codes, ())
    if system in ("SAME", "FIPS6"):
        return american((), codes)
    return tuple(dict.fromkeys(region for code in codes if (region := _one_region(system, code))))


def _one_region(system: str, code: str) -> str:
    if system.replace(" ", "").startswith("ISO3166"):
        return code if REGION.fullmatch(code) else ""
    if "CAP-CP:LOCATION" in system:
        found = _CENSUS.fullmatch(code)
        return f"CA-{PROVINCES[found.group(1)]}" if found and found.group(1) in PROVINCES else ""
    if system in ("EMMA_ID", "NUTS", "NUTS1", "NUTS2", "NUTS3"):
        found = _EUROPEAN.fullmatch(code)
        return _EUROPE_SAYS.get(found.group(1), found.group(1)) if found else ""
    return ""


def _regions(letters: set[str]) -> tuple[str, ...]:
    """Land counts before water: a warning for a coast and the sea before it is one for the coast."""
    states = letters & set(STATES.values())
    land = [f"US-{code}" for code in states] + sorted(letters & (TERRITORIES | set(ASSOCIATED.values())))
    if land:
        return tuple(sorted(land))
    return (AT_SEA,) if letters & set(WATERS.values()) else ()


# ISO 3166-1: three letters and the two that mean the same country.
_COUNTRIES = (
    "ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATAAQ ATFTF ATGAG AUSAU AUTAT AZEAZ BDIBI "
    "BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL BLRBY BLZBZ BMUBM BOLBO BRABR BRBBB BRNBN BTNBT "
    "BVTBV BWABW CAFCF CANCA CCKCC CHECH CHLCL CHNCN CIVCI CMRCM CODCD COGCG COKCK COLCO COMKM CPVCV CRICR CUBCU "
    "CUWCW CXRCX CYMKY CYPCY CZECZ DEUDE DJIDJ DMADM DNKDK DOMDO DZADZ ECUEC EGYEG ERIER ESHEH ESPES ESTEE ETHET "
    "FINFI FJIFJ FLKFK FRAFR FROFO FSMFM GABGA GBRGB GEOGE GGYGG GHAGH GIBGI GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR "
    "GRDGD GRLGL GTMGT GUFGF GUMGU GUYGY HKGHK HMDHM HNDHN HRVHR HTIHT HUNHU IDNID IMNIM INDIN IOTIO IRLIE IRNIR "
    "IRQIQ ISLIS ISRIL ITAIT JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH KIRKI KNAKN KORKR KWTKW LAOLA LBNLB "
    "LBRLR LBYLY LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV MACMO MAFMF MARMA MCOMC MDAMD MDGMG MDVMV MEXMX MHLMH "
    "MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ MRTMR MSRMS MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA NCLNC NERNE "
    "NFKNF NGANG NICNI NIUNU NLDNL NORNO NPLNP NRUNR NZLNZ OMNOM PAKPK PANPA PCNPN PERPE PHLPH PLWPW PNGPG POLPL "
    "PRIPR PRKKP PRTPT PRYPY PSEPS PYFPF QATQA REURE ROURO RUSRU RWARW SAUSA SDNSD SENSN SGPSG SGSGS SHNSH SJMSJ "
    "SLBSB SLESL SLVSV SMRSM SOMSO SPMPM SRBRS SSDSS STPST SURSR SVKSK SVNSI SWESE SWZSZ SXMSX SYCSC SYRSY TCATC "
    "TCDTD TGOTG THATH TJKTJ TKLTK TKMTM TLSTL TONTO TTOTT TUNTN TURTR TUVTV TWNTW TZATZ UGAUG UKRUA UMIUM URYUY "
    "USAUS UZBUZ VATVA VCTVC VENVE VGBVG VIRVI VNMVN VUTVU WLFWF WSMWS YEMYE ZAFZA ZMBZM ZWEZW"
)
_ALPHA_2 = {pair[:3]: pair[3:] for pair in _COUNTRIES.split()}


def alpha_2(code: str) -> str:
    """`USA` -> `US`; empty for what is no country's code."""
    return _ALPHA_2.get(code.strip().upper(), "")

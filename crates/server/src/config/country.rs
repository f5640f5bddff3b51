//! Country codes, for the default country of telephone numbers.

use crate::config::ConfigError;
use std::fmt;
use std::str::FromStr;

/// The officially assigned codes of ISO 3166-1, alpha-2, as of 2026.
const CODES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT \
    BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ \
    FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS \
    IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN \
    MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW \
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN \
    TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// A country, by its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country(&'static str);

impl Default for Country {
    fn default() -> Self {
        Country("US")
    }
}

impl FromStr for Country {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let named = CODES.split(' ').find(|code| code.eq_ignore_ascii_case(text.trim()));
        named.map(Country).ok_or_else(|| {
            ConfigError("must be one of the two-letter country codes of ISO 3166-1, such as US, GB or DE".into())
        })
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_known_by_its_code() {
        for (text, code) in [("US", "US"), ("de", "DE"), (" gB ", "GB"), ("ZW", "ZW")] {
            assert_eq!(text.parse::<Country>().map(|country| country.to_string()), Ok(code.into()), "{text}");
        }
        for text in ["", " ", "U", "UK", "USA", "US AD", "ZZ", "1", "Ü"] {
            assert!(text.parse::<Country>().is_err(), "{text}");
        }
        assert_eq!(CODES.split(' ').count(), 249, "so many are assigned");
    }
}

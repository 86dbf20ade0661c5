//! Random secrets for one run, from the operating system.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;

fn bytes(count: usize) -> Result<Vec<u8>, String> {
    let mut bytes = vec![0; count];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .map_err(|error| format!("/dev/urandom: {error}"))?;
    Ok(bytes)
}

/// Two hexadecimal digits for each of so many bytes.
pub(crate) fn hex(count: usize) -> Result<String, String> {
    let mut text = String::new();
    for byte in bytes(count)? {
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

/// So many bytes in base64.
pub(crate) fn base64(count: usize) -> Result<String, String> {
    Ok(STANDARD.encode(bytes(count)?))
}

/// Everything secret that a run needs, each as its service writes it.
pub(crate) struct Secrets {
    /// `KAMURJ_MASTER_KEY`.
    pub(crate) master_key: String,
    /// As Telegram gives it to a bot: digits, a colon, characters.
    pub(crate) bot_token: String,
    /// The header that proves an update.
    pub(crate) hook_secret: String,
    /// The merchant's bearer token at the bank.
    pub(crate) bank_token: String,
    /// Signs the bank's webhooks, `whsec_…`.
    pub(crate) webhook_secret: String,
    /// At WhatsApp.
    pub(crate) whatsapp: MetaSecrets,
    /// At Messenger.
    pub(crate) messenger: MetaSecrets,
    /// At Instagram.
    pub(crate) instagram: MetaSecrets,
    /// At the back offices.
    pub(crate) offices: OfficeSecrets,
}

/// What the accounts at the back offices need; the key of the spreadsheet's service account is made there.
pub(crate) struct OfficeSecrets {
    /// In the path of the portal's inbound webhook.
    pub(crate) portal: String,
    /// Shown by the portal's outgoing webhook.
    pub(crate) portal_events: String,
    /// In the address that the portal's robots call.
    pub(crate) portal_button: String,
    /// amoCRM's long-lived token.
    pub(crate) amocrm: String,
    /// The secret of amoCRM's integration, which nobody uses here: no made-up one shall be good.
    pub(crate) amocrm_client: String,
    /// The end of the address that amoCRM calls.
    pub(crate) amocrm_hook: String,
    /// Signs webhooks to the ERP, `whsec_…`.
    pub(crate) erp_webhooks: String,
    /// Signs the ERP's orders, `whsec_…`.
    pub(crate) erp_orders: String,
}

impl OfficeSecrets {
    fn make() -> Result<Self, String> {
        Ok(Self {
            portal: hex(12)?,
            portal_events: hex(16)?,
            portal_button: hex(24)?,
            amocrm: hex(48)?,
            amocrm_client: hex(32)?,
            amocrm_hook: hex(24)?,
            erp_webhooks: format!("whsec_{}", base64(32)?),
            erp_orders: format!("whsec_{}", base64(32)?),
        })
    }
}

/// What an account at one of Meta's messengers needs.
pub(crate) struct MetaSecrets {
    /// The account's bearer token.
    pub(crate) token: String,
    /// The app's, which signs webhooks.
    pub(crate) app_secret: String,
    /// Shown by Meta when it asks whether the address is the merchant's.
    pub(crate) verify_token: String,
}

impl MetaSecrets {
    /// Meta's tokens begin with letters that say whose they are.
    fn make(beginning: &str) -> Result<Self, String> {
        Ok(Self { token: format!("{beginning}{}", hex(48)?), app_secret: hex(16)?, verify_token: hex(16)? })
    }
}

impl Secrets {
    pub(crate) fn make() -> Result<Self, String> {
        Ok(Self {
            master_key: base64(32)?,
            bot_token: format!("7000000001:{}", hex(18)?),
            hook_secret: hex(24)?,
            bank_token: hex(24)?,
            webhook_secret: format!("whsec_{}", base64(32)?),
            whatsapp: MetaSecrets::make("EAA")?,
            messenger: MetaSecrets::make("EAA")?,
            instagram: MetaSecrets::make("IGAA")?,
            offices: OfficeSecrets::make()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Secrets, base64, hex};

    #[test]
    fn two_runs_share_no_secret() {
        let (one, other) = (Secrets::make().unwrap(), Secrets::make().unwrap());
        assert_ne!(one.master_key, other.master_key);
        assert_ne!(one.bot_token, other.bot_token);
        assert_ne!(one.whatsapp.token, one.messenger.token);
        assert_ne!(one.offices.amocrm, other.offices.amocrm);
        assert_ne!(one.offices.erp_webhooks, one.offices.erp_orders);
        assert_eq!((hex(4).unwrap().len(), base64(32).unwrap().len()), (8, 44));
    }
}

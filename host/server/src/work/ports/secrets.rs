//! The secrets of a plugin's installation, among them the tokens of its connections, and the renewal of those that expire.

use super::{RunPorts, call_failed, failed, refused};
use crate::app::secret_place;
use crate::connections::runs::Declared;
use crate::connections::{self, declared};
use crate::lifecycle::renewal::{self, Renewed};
use kamurj_plugins::{PaymentError, PortError, Secret};
use kamurj_store::secrets;

impl RunPorts {
    pub(super) async fn secret_of_now(&self, name: &str) -> Result<Option<Secret>, PortError> {
        let mut tx = self.app.db.read().await.map_err(failed)?;
        let owner = &self.installation.id;
        let declares = Declared::of(&self.installation).map_err(failed)?;
        if let Some((declares, one)) = declares.as_ref().and_then(|it| Some((it, declared(&it.manifest, name)?))) {
            let token = connections::token(&self.app, &mut tx, owner, (one, &declares.settings)).await;
            return Ok(token.map_err(failed)?.map(|(token, generation)| {
                self.handed_out.note(name, generation);
                token
            }));
        }
        let Some(sealed) = secrets::get(&mut tx, owner, name).await.map_err(failed)? else { return Ok(None) };
        let value = self.app.sealer.open_text(&secret_place(owner, name), &sealed).map_err(failed)?;
        Ok(Some(Secret::new(value.as_str().to_owned())))
    }

    /// Renews a secret as its manifest declares, and answers when the value that is in force then expires.
    pub(super) async fn renewed_secret(&self, name: &str) -> Result<i64, PaymentError> {
        if self.job.is_none() {
            return Err(refused("unavailable", "a run that is only looked at renews nothing"));
        }
        let renewed = renewal::renew(&self.app, &self.installation, &self.grants, name).await.map_err(call_failed)?;
        match renewed {
            // Zero: nobody said when.
            Renewed::Until(expires_at) => Ok(expires_at.unwrap_or(0)),
            Renewed::NotDeclared(why) => Err(refused("invalid", why)),
            Renewed::NotGranted(why) => Err(refused("not-granted", why)),
            Renewed::NoValue => Err(refused("not-found", "the secret has no value")),
            Renewed::Refused(why) => Err(refused("refused", why)),
            Renewed::Later { why, after_ms } => Err(PaymentError {
                code: "unavailable".to_owned(),
                message: why,
                retryable: true,
                retry_after_ms: after_ms,
            }),
        }
    }
}

//! What is left of uploads once the files that they became are destroyed.

use domain::id::UserId;
use domain::sealed::KeyName;

use crate::Commands;

impl Commands {
    /// Forgets the uploads that files came by whose keys are destroyed: what a process left that was killed before it
    /// could may hold what their bytes are sealed with.
    pub(crate) async fn forget_uploads(&self, destroyed: &[KeyName]) {
        let Ok(files) = self.files() else { return };
        for (owner, file) in destroyed.iter().filter_map(KeyName::of_a_file) {
            if let Err(error) = files.blobs.begun(&owner.to_string(), &file.to_string()).forget().await {
                // It ends with its time.
                tracing::warn!(file.id = %file, error = &error as &dyn std::error::Error, "an upload is not forgotten");
            }
        }
    }

    /// What somebody who is erased began to upload and did not finish goes with them; if not now, before their receipt is final.
    pub(crate) async fn forget_uploads_of(&self, user: UserId) {
        let Ok(files) = self.files() else { return };
        if let Err(error) = files.blobs.forget_all(&user.to_string()).await {
            tracing::warn!(user.id = %user, error = &error as &dyn std::error::Error, "uploads are not forgotten yet");
        }
    }
}

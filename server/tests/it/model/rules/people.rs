//! People: blocks, suspension, erasure.

use crate::model::world::{Answer, Who, World};

impl World {
    pub(super) fn blocks_user(&mut self, by: Who, who: Who) -> Answer {
        if self.people[who].erased {
            return Err("not-found");
        }
        if who == by {
            return Err("invalid");
        }
        if !self.blocks(by, who) {
            let now = self.now;
            self.people[by].blocks.push((who, now));
        }
        Ok(204)
    }

    #[expect(clippy::unnecessary_wraps, reason = "as all of them answer")]
    pub(super) fn unblocks(&mut self, by: Who, who: Who) -> Answer {
        self.people[by].blocks.retain(|(blocked, _)| *blocked != who);
        Ok(204)
    }

    pub(super) fn suspends(&mut self, who: Who, suspend: bool) -> Answer {
        if self.people[who].erased {
            return Err("not-found");
        }
        self.people[who].suspended = suspend;
        Ok(204)
    }

    #[expect(clippy::unnecessary_wraps, reason = "as all of them answer")]
    pub(super) fn erases(&mut self, by: Who) -> Answer {
        self.forgets(by);
        Ok(200)
    }
}

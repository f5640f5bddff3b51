"""The voicemail policy of a group, which the Terraform provider reads with every group."""

import uuid

import PureCloudPlatformClientV2 as sdk
from convoke import Case, admin, new_group, session_of


class Voicemail(Case):
    def test_a_new_group_has_one(self):
        policy = admin().voicemail.get_voicemail_group_policy(new_group().id)
        self.assertIsInstance(policy, sdk.VoicemailGroupPolicy)

    def test_patch_changes_what_it_names(self):
        group = new_group()
        body = sdk.VoicemailGroupPolicy()
        body.enabled = True
        body.send_email_notifications = True
        body.rotate_calls_secs = 15
        body.stop_ringing_after_rotations = 3
        body.group_alert_type = "ROUND_ROBIN"
        changed = admin().voicemail.patch_voicemail_group_policy(group.id, body)
        self.assertIs(changed.enabled, True)
        self.assertEqual(changed.group_alert_type, "ROUND_ROBIN")
        body = sdk.VoicemailGroupPolicy()
        body.send_email_notifications = False
        admin().voicemail.patch_voicemail_group_policy(group.id, body)
        policy = admin().voicemail.get_voicemail_group_policy(group.id)
        self.assertIs(policy.enabled, True)
        self.assertIs(policy.send_email_notifications, False)
        self.assertEqual((policy.rotate_calls_secs, policy.stop_ringing_after_rotations), (15, 3))

    def test_a_whole_policy_can_be_put_back(self):
        group = new_group()
        path = f"/api/v2/voicemail/groups/{group.id}/policy"
        whole = admin().request("GET", path).json
        self.answers(admin().request("PATCH", path, whole), 200)

    def test_unknown_groups(self):
        for group_id in (str(uuid.uuid4()), "nothing"):
            self.refused(404, admin().voicemail.get_voicemail_group_policy, group_id)
            self.refused(404, admin().voicemail.patch_voicemail_group_policy, group_id, {"enabled": True})

    def test_values_that_cannot_be_taken(self):
        path = f"/api/v2/voicemail/groups/{new_group().id}/policy"
        for field, value in {"enabled": "yes", "groupAlertType": "LOUD", "rotateCallsSecs": -1}.items():
            with self.subTest(field):
                reply = admin().request("PATCH", path, {field: value})
                self.answers(reply, 400, ("bad.request", "invalid.value"), naming=field)

    def test_permissions(self):
        group, session = new_group(), session_of(["reader"])
        session.voicemail.get_voicemail_group_policy(group.id)
        self.refused(
            403,
            session.voicemail.patch_voicemail_group_policy,
            group.id,
            {"enabled": True},
            naming="voicemail:groupPolicy:edit",
        )

"""Who sees a group, and who may change its members: as an owner, a member, a stranger."""

from convoke import Case, add_members, admin, new_group, new_user, session_of


class Visibility(Case):
    @classmethod
    def setUpClass(cls):
        cls.people = {word: new_user() for word in ("owner", "member", "stranger")}
        cls.sessions = {word: session_of(["reader"], person) for word, person in cls.people.items()}
        # A client bound to nobody is in no group.
        cls.sessions["robot"] = session_of(["reader"])
        cls.sessions["administrator"] = session_of(["group administrator"])
        cls.groups = {}
        for visibility in ("public", "members", "owners"):
            group = new_group(visibility=visibility, owner_ids=[cls.people["owner"].id])
            add_members(group.id, [cls.people["member"]])
            cls.groups[visibility] = group

    SEES = {
        "owner": ["public", "members", "owners"],
        "member": ["public", "members"],
        "stranger": ["public"],
        "robot": ["public"],
        "administrator": ["public", "members", "owners"],
    }

    def test_by_id(self):
        for who, session in self.sessions.items():
            for visibility, group in self.groups.items():
                with self.subTest(who=who, visibility=visibility):
                    calls = (
                        session.groups.get_group,
                        session.groups.get_group_members,
                        session.groups.get_group_individuals,
                        session.groups.get_group_profile,
                    )
                    for call in calls:
                        if visibility in self.SEES[who]:
                            self.assertIsNotNone(call(group.id))
                        else:
                            self.refused(404, call, group.id, code="general.resource.not.found")

    def test_in_listings(self):
        ids = [group.id for group in self.groups.values()]
        for who, session in self.sessions.items():
            with self.subTest(who):
                seen = {self.groups[visibility].id for visibility in self.SEES[who]}
                everything = session.groups.get_groups(page_size=500)
                self.assertEqual({i for i in self.ids(everything) if i in ids}, seen)
                self.assertEqual(everything.total, len(everything.entities))
                by_id = session.groups.get_groups(id=ids)
                self.assertEqual((set(self.ids(by_id)), by_id.total), (seen, len(seen)))
                self.assertEqual(set(self.ids(session.groups.get_profiles_groups(id=ids))), seen)

    def test_in_the_groups_of_a_person(self):
        member = self.people["member"]
        for who, session in self.sessions.items():
            with self.subTest(who):
                person = session.users.get_user(member.id, expand=["groups"])
                seen = {self.groups[visibility].id for visibility in self.SEES[who]}
                self.assertEqual({group.id for group in person.groups or []}, seen)

    def test_what_is_hidden_cannot_be_told_from_what_is_not(self):
        stranger, hidden = self.sessions["stranger"], self.groups["owners"]
        absent = "00000000-0000-4000-8000-000000000000"

        def blank(reply, group_id):
            body = reply.json
            for unequal in ("contextId",):
                body.pop(unequal, None)
            return reply.status, str(body).replace(group_id, "ID")

        for method, tail, body in (
            ("GET", "", None),
            ("GET", "/members", None),
            ("POST", "/members", {"memberIds": [self.people["stranger"].id]}),
            ("DELETE", f"/members?ids={self.people['stranger'].id}", None),
        ):
            with self.subTest(f"{method} {tail}"):
                answers = [
                    blank(stranger.request(method, f"/api/v2/groups/{i}{tail}", body), i)
                    for i in (hidden.id, absent)
                ]
                self.assertEqual(answers[0], answers[1])
                self.assertEqual(answers[0][0], 404)


class ChangingMembers(Case):
    def test_owners_and_editors_may(self):
        owner, member, stranger = new_user(), new_user(), new_user()
        group = new_group(owner_ids=[owner.id])
        add_members(group.id, [member])
        someone = new_user()
        for who in (session_of(["reader"], owner), session_of(["group administrator"])):
            self.assertEqual(add_members(group.id, [someone], who), {})
            self.assertEqual(who.groups.delete_group_members(group.id, someone.id), {})
        for who in (session_of(["reader"], member), session_of(["reader"], stranger), session_of(["reader"])):
            self.refused(403, add_members, group.id, [someone], who)
            self.refused(403, who.groups.delete_group_members, group.id, member.id)
        self.assertEqual(self.ids(admin().groups.get_group_individuals(group.id)), [member.id])

    def test_who_is_owner_no_more_may_no_more(self):
        owner, other = new_user(), new_user()
        group = new_group(owner_ids=[owner.id])
        session = session_of(["reader"], owner)
        add_members(group.id, [other], session)
        admin().groups.put_group(group.id, body={"version": 2, "ownerIds": []})
        self.refused(403, session.groups.delete_group_members, group.id, other.id)

    def test_an_owner_may_not_change_or_delete_the_group(self):
        owner = new_user()
        group = new_group(owner_ids=[owner.id])
        session = session_of(["reader"], owner)
        self.refused(403, session.groups.put_group, group.id, body={"version": 1, "name": "mine"})
        self.refused(403, session.groups.delete_group, group.id)

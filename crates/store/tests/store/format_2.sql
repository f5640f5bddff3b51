-- A store of format 2: what `.dump` of sqlite3 made of it, and its format.
PRAGMA user_version = 2;
BEGIN TRANSACTION;
CREATE TABLE organisations (
        number INTEGER PRIMARY KEY,
        id BLOB NOT NULL UNIQUE,
        head INTEGER NOT NULL,
        tables_head INTEGER NOT NULL,
        record TEXT NOT NULL
    );
INSERT INTO organisations VALUES(1,X'00000000000000000000000000000001',5,3,'{"id":"00000000-0000-0000-0000-000000000001","name":"Test","home":"00000000-0000-4000-8000-000000000002","created":5}');
CREATE TABLE roles (
        organisation INTEGER NOT NULL, id BLOB NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (organisation, id)
    ) WITHOUT ROWID;
INSERT INTO roles VALUES(1,X'0000000000004000800000000000000a','{"id":"00000000-0000-4000-8000-00000000000a","defaultId":"admin","name":"admin","description":"May do everything","permissions":["admin"]}');
INSERT INTO roles VALUES(1,X'0000000000004000800000000000000b','{"id":"00000000-0000-4000-8000-00000000000b","defaultId":"groupAdministrator","name":"group administrator","description":"Creates, changes and deletes any group and its members","permissions":["directory:group:add","directory:group:edit","directory:group:delete","directory:group:view","directory:privateGroup:view","directory:user:view","directory:userProfile:view","voicemail:groupPolicy:view","voicemail:groupPolicy:edit","routing:skill:view"]}');
INSERT INTO roles VALUES(1,X'0000000000004000800000000000000c','{"id":"00000000-0000-4000-8000-00000000000c","defaultId":"groupCreator","name":"group creator","description":"Creates groups","permissions":["directory:group:add","directory:group:view","directory:user:view"]}');
INSERT INTO roles VALUES(1,X'0000000000004000800000000000000d','{"id":"00000000-0000-4000-8000-00000000000d","defaultId":"reader","name":"reader","description":"Reads what everyone in the organisation may see","permissions":["directory:group:view","directory:user:view","directory:userProfile:view","voicemail:groupPolicy:view","routing:skill:view"]}');
CREATE TABLE clients (
        organisation INTEGER NOT NULL, id TEXT NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (organisation, id)
    ) WITHOUT ROWID;
INSERT INTO clients VALUES(1,'admin','{"id":"admin","name":"Administrator","secretHash":"hash","roles":["00000000-0000-4000-8000-00000000000a"],"enabled":true,"tokenSeconds":86400,"created":5,"modified":5}');
CREATE TABLE people (
        organisation INTEGER NOT NULL, id BLOB NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (organisation, id)
    ) WITHOUT ROWID;
INSERT INTO people VALUES(1,X'00000000000040008000000000000064','{"id":"00000000-0000-4000-8000-000000000064","version":1,"state":"active","name":"Person 100","email":"100@example.org","division":"00000000-0000-4000-8000-000000000002","acdAutoAnswer":false}');
INSERT INTO people VALUES(1,X'00000000000040008000000000000065','{"id":"00000000-0000-4000-8000-000000000065","version":1,"state":"active","name":"Person 101","email":"101@example.org","division":"00000000-0000-4000-8000-000000000002","acdAutoAnswer":false}');
CREATE TABLE groups (
        organisation INTEGER NOT NULL, id BLOB NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (organisation, id)
    ) WITHOUT ROWID;
INSERT INTO "groups" VALUES(1,X'000000000000400080000000000000c8','{"id":"00000000-0000-4000-8000-0000000000c8","name":"Group 200","kind":"official","visibility":"public","state":"active","rulesVisible":false,"rolesEnabled":true,"includeOwners":true,"callsEnabled":true,"owners":["00000000-0000-4000-8000-000000000064"]}');
CREATE TABLE stamps (
        organisation INTEGER NOT NULL, group_id BLOB NOT NULL,
        version INTEGER NOT NULL, modified INTEGER NOT NULL,
        PRIMARY KEY (organisation, group_id)
    ) WITHOUT ROWID;
INSERT INTO stamps VALUES(1,X'000000000000400080000000000000c8',1,1000);
CREATE TABLE individuals (
        organisation INTEGER NOT NULL, group_id BLOB NOT NULL, person BLOB NOT NULL,
        PRIMARY KEY (organisation, group_id, person)
    ) WITHOUT ROWID;
CREATE TABLE log (
        organisation INTEGER NOT NULL, seq INTEGER NOT NULL,
        at INTEGER NOT NULL, client TEXT, changes TEXT NOT NULL,
        PRIMARY KEY (organisation, seq)
    ) WITHOUT ROWID;
INSERT INTO log VALUES(1,1,5,NULL,'[{"change":"organisationPut","id":"00000000-0000-0000-0000-000000000001","name":"Test","home":"00000000-0000-4000-8000-000000000002","created":5},{"change":"rolePut","id":"00000000-0000-4000-8000-00000000000a","defaultId":"admin","name":"admin","description":"May do everything","permissions":["admin"]},{"change":"rolePut","id":"00000000-0000-4000-8000-00000000000b","defaultId":"groupAdministrator","name":"group administrator","description":"Creates, changes and deletes any group and its members","permissions":["directory:group:add","directory:group:edit","directory:group:delete","directory:group:view","directory:privateGroup:view","directory:user:view","directory:userProfile:view","voicemail:groupPolicy:view","voicemail:groupPolicy:edit","routing:skill:view"]},{"change":"rolePut","id":"00000000-0000-4000-8000-00000000000c","defaultId":"groupCreator","name":"group creator","description":"Creates groups","permissions":["directory:group:add","directory:group:view","directory:user:view"]},{"change":"rolePut","id":"00000000-0000-4000-8000-00000000000d","defaultId":"reader","name":"reader","description":"Reads what everyone in the organisation may see","permissions":["directory:group:view","directory:user:view","directory:userProfile:view","voicemail:groupPolicy:view","routing:skill:view"]},{"change":"personPut","id":"00000000-0000-4000-8000-000000000064","version":1,"state":"active","name":"Person 100","email":"100@example.org","division":"00000000-0000-4000-8000-000000000002","acdAutoAnswer":false},{"change":"clientPut","id":"admin","name":"Administrator","secretHash":"hash","roles":["00000000-0000-4000-8000-00000000000a"],"enabled":true,"tokenSeconds":86400,"created":5,"modified":5}]');
INSERT INTO log VALUES(1,2,7,'admin','[{"change":"personPut","id":"00000000-0000-4000-8000-000000000065","version":1,"state":"active","name":"Person 101","email":"101@example.org","division":"00000000-0000-4000-8000-000000000002","acdAutoAnswer":false}]');
INSERT INTO log VALUES(1,3,7,'admin','[{"change":"groupPut","group":{"id":"00000000-0000-4000-8000-0000000000c8","name":"Group 200","kind":"official","visibility":"public","state":"active","rulesVisible":false,"rolesEnabled":true,"includeOwners":true,"callsEnabled":true,"owners":["00000000-0000-4000-8000-000000000064"]},"version":1,"modified":1000}]');
INSERT INTO log VALUES(1,4,7,'admin','[{"change":"membersAdded","group":"00000000-0000-4000-8000-0000000000c8","people":["00000000-0000-4000-8000-000000000065"],"version":2,"modified":2000}]');
INSERT INTO log VALUES(1,5,7,'admin','[{"change":"groupPut","group":{"id":"00000000-0000-4000-8000-0000000000c9","name":"Group 201","kind":"official","visibility":"public","state":"active","rulesVisible":false,"rolesEnabled":true,"includeOwners":true,"callsEnabled":true,"owners":["00000000-0000-4000-8000-000000000064"]},"version":1,"modified":1000}]');
CREATE TABLE operations (
        organisation INTEGER NOT NULL, client TEXT NOT NULL, key TEXT NOT NULL,
        at INTEGER NOT NULL, fingerprint BLOB NOT NULL, subject TEXT NOT NULL,
        PRIMARY KEY (organisation, client, key)
    ) WITHOUT ROWID;
INSERT INTO operations VALUES(1,'admin','k',7,X'0707070707070707070707070707070707070707070707070707070707070707','{"subject":"group","id":"00000000-0000-4000-8000-0000000000c8"}');
CREATE TABLE tokens (
        hash BLOB PRIMARY KEY,
        organisation INTEGER NOT NULL, client TEXT NOT NULL, expires INTEGER NOT NULL
    ) WITHOUT ROWID;
INSERT INTO tokens VALUES(X'0101010101010101010101010101010101010101010101010101010101010101',1,'admin',1000000);
CREATE TABLE client_organisations (
        client TEXT PRIMARY KEY, organisation INTEGER NOT NULL
    ) WITHOUT ROWID;
INSERT INTO client_organisations VALUES('admin',1);
CREATE TABLE skills (
        organisation INTEGER NOT NULL, id BLOB NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (organisation, id)
    ) WITHOUT ROWID;
CREATE TABLE held (
        organisation INTEGER NOT NULL, person BLOB NOT NULL, skill BLOB NOT NULL, proficiency REAL NOT NULL,
        PRIMARY KEY (organisation, person, skill)
    ) WITHOUT ROWID;
CREATE INDEX operations_by_age ON operations (at);
CREATE INDEX tokens_by_end ON tokens (expires);
COMMIT;

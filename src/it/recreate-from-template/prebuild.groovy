import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
def gold = story.database() + '_gold'
story.execute('create table dirt()')
story.execute("comment on database ${story.database()} is 'the shop''s'")
story.server().execute("create database ${gold}")
story.server().execute(gold, 'create table nugget as select 42 as weight')
story.server().execute("revoke temporary on database ${gold} from public")
story.server().execute("comment on database ${gold} is 'pure gold'")
context.put('door', story.server().query(
    'select datacl::text || datallowconn || datconnlimit || shobj_description(oid, ?) from pg_database where datname = ?',
    'pg_database', gold))
context.put('victims', [story.clients().to(gold).idle(), story.clients().idle()])
story.clients().to(gold).storm(3)

return true

import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
def role = story.createRoleWithPassword("tiger's eye", ['pg_signal_backend', 'pg_read_all_stats'])
def settings = new File(basedir, 'settings-with-password.xml')
settings.text = settings.text.replace('ROLE', role)
story.tell('pgkill.url', story.server().jdbcUrl(story.database()))
story.tell('pgkill.serverId', 'story')

def victim = story.clients().as(story.server().createRole('login'), 'app').idle()
context.put('victim', victim)
context.put('role', role)

return true

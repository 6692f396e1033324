import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
def server = story.server()
def victims = [:]
['one', 'two'].each { module ->
  def own = server.createDatabase()
  story.tell("it.${module}.url", server.jdbcUrl(own))
  victims[module] = [
      story.clients().to(own).idle(),
      story.clients().to(own).idleInTransaction(),
      story.clients().as('postgres', module).idle(),
      story.clients().as('postgres', module).active()]
}
context.put('victims', victims)

return true

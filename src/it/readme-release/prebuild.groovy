import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
def page = Story.page('release.md')
def told = new Properties()
new File(basedir, 'invoker.properties').withReader { told.load(it) }
assert page.commands('## A filter and a bound', 2) == [told['invoker.goals.1']]

// the release plugin takes no plugin that is a snapshot itself
story.paste(story.releasedPlugin(page.block('## A filter and a bound', 1)), 'postgres')

def origin = new File(basedir, 'origin.git')
def pom = new File(basedir, 'pom.xml')
pom.text = pom.text.replace('ORIGIN', "file://${origin}".toString())
new File(basedir, '.gitignore').text = '*\n!pom.xml\n!.gitignore\n'
def git = { List words, File directory = basedir ->
  def process = (['git'] + words).execute(null as List, directory)
  def output = new StringBuilder()
  process.waitForProcessOutput(output, output)
  assert process.exitValue() == 0 : output
}
origin.mkdirs()
git(['init', '-q', '--bare', '.'], origin)
git(['init', '-q', '.'])
git(['config', 'user.name', 'A'])
git(['config', 'user.email', 'a@example.org'])
git(['add', 'pom.xml', '.gitignore'])
git(['commit', '-q', '-m', 'begun'])
git(['remote', 'add', 'origin', origin.toString()])
git(['push', '-q', 'origin', 'HEAD'])

context.put('victims', story.clients().as('postgres', 'app-server').idle(2))
context.put('spared', story.clients().as('postgres', 'reporting').idle())

return true

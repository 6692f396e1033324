import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
def readme = Story.readme()
def told = new Properties()
new File(basedir, 'invoker.properties').withReader { told.load(it) }
assert readme.commands('### In a release build', 2) == [told['invoker.goals']]

story.paste(readme.block('### In a release build', 1), 'postgres')
def pom = new File(basedir, 'pom.xml')
pom.text = pom.text.replace('@PROJECT@', basedir.absolutePath)
    .replace('  <plugins>\n', """  <plugins>
    <plugin>
      <groupId>org.apache.maven.plugins</groupId>
      <artifactId>maven-release-plugin</artifactId>
      <version>3.1.1</version>
    </plugin>
""")
new File(basedir, '.gitignore').text = 'build.log\ntarget\norigin.git\n'
def sh = { String command ->
  def process = new ProcessBuilder('sh', '-ec', command).directory(basedir).redirectErrorStream(true).start()
  def said = process.inputStream.text
  assert process.waitFor() == 0 : said
}
sh '''
git init -q --bare origin.git
git init -q
git config user.name stories
git config user.email stories@example.org
git add -A
git commit -qm begin
git remote add origin "file://$PWD/origin.git"
git push -q -u origin HEAD
'''
context.put('victims', [story.clients().as('postgres', 'app-server').idle(), story.clients().as('postgres', 'app-server').idleInTransaction()])
context.put('spared', story.clients().as('postgres', 'DBeaver').idle())

return true

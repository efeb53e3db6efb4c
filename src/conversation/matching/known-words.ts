/**
 * Words that choices of questions about persons are made of. A written word of this list is taken as it is and never as
 * a misspelling of another one; a capitalised word that is not in the list may be a name. Add words where two of them
 * differ in one letter.
 */
const GROUPS = `
african american european asian australian austrian arab arabian arabic hispanic latino latina latin white black native indigenous aboriginal caucasian
afghan albanian algerian andorran angolan antiguan argentinian argentine armenian azerbaijani bahamian bahraini bangladeshi barbadian belarusian belgian
belizean beninese bermudian bhutanese bolivian bosnian botswanan brazilian british bulgarian burkinabe burmese burundian cambodian cameroonian canadian
chadian chilean chinese colombian comorian congolese croatian cuban cypriot czech danish djiboutian dominican dutch ecuadorian egyptian emirati english
eritrean estonian ethiopian fijian filipino filipina finnish french gabonese gambian georgian german ghanaian greek grenadian guatemalan guinean guyanese
haitian honduran hungarian icelandic indian indonesian iranian iraqi irish israeli italian ivorian jamaican japanese jordanian kazakh kenyan korean
kosovar kuwaiti kurdish kyrgyz laotian latvian lebanese liberian libyan lithuanian luxembourgish macedonian malagasy malawian malaysian malayan maldivian
malian maltese mauritanian mauritian mayan mexican micronesian moldovan monegasque mongolian montenegrin moroccan mozambican namibian nepalese nepali
nicaraguan nigerian nigerien norwegian omani pakistani palauan palestinian panamanian paraguayan persian peruvian polish portuguese qatari romanian
romani russian rwandan salvadoran samoan saudi scottish senegalese serbian sorbian siberian singaporean slovak slovakian slovene slovenian somali spanish
sudanese surinamese swazi swedish swiss syrian assyrian styrian taiwanese tajik tanzanian thai tibetan togolese tongan trinidadian tunisian turkish turkic
turkmen tuvaluan ugandan ukrainian uruguayan uzbek vanuatuan venezuelan vietnamese welsh yemeni zambian zimbabwean zimbabwian cherokee navajo hawaiian
alaskan eastern western northern southern middle central pacific islander islanders north south east west roma gypsy traveller
christian catholic protestant orthodox evangelical baptist methodist lutheran anglican mormon quaker amish jewish judaic muslim islamic sunni shia shiite
hindu buddhist buddhism hinduism sikh jain taoist pagan atheist agnostic secular religious theist deist believer unbeliever sceptic skeptic`;

const PERSONS = `
person persons people human humans individual individuals somebody someone anyone everybody nobody man men woman women male males female females boy boys
girl girls lady ladies gentleman gentlemen guy guys child children kid kids baby babies infant toddler teen teens teenager teenagers adult adults adolescent
elder elderly senior seniors junior youth youngster pensioner retiree old older oldest young younger youngest aged middle
father fathers mother mothers parent parents brother brothers sister sisters son sons daughter daughters grandson granddaughter grandfather grandmother
grandparent grandpa grandma uncle aunt nephew niece cousin cousins husband wife wives spouse partner widow widower bride groom fiance fiancee boyfriend
girlfriend friend friends stepfather stepmother stepson stepdaughter stepbrother stepsister godfather godmother landlord landlady heir heiress host hostess
king queen prince princess duke duchess count countess baron baroness lord master mistress hero heroine steward stewardess actor actress waiter waitress
gay lesbian bisexual pansexual asexual straight heterosexual homosexual queer transgender cisgender trans transsexual nonbinary intersex genderqueer
gender sexual celibate monogamous polyamorous single married unmarried divorced widowed separated engaged
rich richer richest poor poorer poorest wealthy wealthier affluent effluent homeless destitute deprived depraved privileged underprivileged working middle upper
lower class classes income status high low employed unemployed underemployed retired rewired hired fired insured uninsured injured uninjured educated uneducated
illiterate literate liberal literal immoral immortal moral mortal adopted adapted trained untrained tenured skilled unskilled
disabled nondisabled abled able unable disability disabilities impaired unimpaired blind deaf mute hearing sighted slighted paralysed paralyzed autistic
neurotypical healthy unhealthy sick diseased deceased mental mentally physical physically illness wheelchair amputee epileptic diabetic obese overweight
underweight fat thin slim skinny tall taller short shorter attractive unattractive beautiful pretty ugly handsome pregnant fertile sterile infertile
citizen citizens resident residents immigrant immigrants emigrant emigrants migrant migrants refugee refugees foreigner foreigners native natives tourist
tourists stranger stranger stronger strange legal illegal documented undocumented black blacks white whites coloured colored brown
democrat democratic republican conservative progressive socialist communist capitalist libertarian centrist`;

const ROLES = `
accountant adviser advisor agent analyst apprentice architect artist assistant athlete attorney author baker banker barber barista bartender boarder border
boss brewer bricklayer broker builder burglar butcher butler buyer captain carer caretaker carpenter cashier caterer chairman chairwoman chairperson chef
chemist cleaner cleanser clerk cleric climber coach couch collector colonel commander commuter comedian composer conductor congressman congresswoman consultant
consumer contractor cook cooker councilor councillor counselor counsellor courier criminal critic curator creator customer dancer dealer dentist deputy designer
detective developer diplomat director diver doctor driver economist editor electrician employee employer engineer entrepreneur executive expert farmer former
framer firefighter fireman firewoman fisherman florist founder flounder gardener general guard guardian guest guide hairdresser healer heater helper historian
homemaker housekeeper housewife househusband hunter inmate inspector instructor intern interpreter investor janitor jeweler journalist judge juror lawyer layer
leader lender librarian lieutenant linguist lobbyist locksmith machinist magician maid major mayor manager manger mechanic mentor mentee merchant miner minor
minister model morgue motel musician nanny neighbor neighbour novelist nurse nurses officer operator optician owner painter pointer printer paramedic passenger
pastor pasture patient patients patent pharmacist philosopher photographer physician physicist pilot planner planter player plumber poet police policeman
policewoman politician porter poster potter president priest priestess principal principle prisoner producer professor programmer prosecutor psychiatrist
psychologist pupil ranger realtor receptionist recruiter referee reporter representative researcher sailor salesman saleswoman salesperson scholar scientist
sculptor seamstress secretary seller server servant sergeant sheriff shopkeeper singer sinner smuggler soldier solder solicitor speaker specialist spokesman
spokeswoman sponsor stockbroker student students suspect supervisor surgeon surveyor tailor trailer teacher teachers technician tenant therapist thief trader
trainer trainee translator treasurer tutor typist vendor veteran veterinarian victim victor visitor volunteer warden welder winner witness worker workers
writer artistic artistry petty naive sundanese barbarian cristian christina`;

const ANSWERS = `
about above after again he she him her his hers theirs thy thee toe tie tee whether weather bother payer minder against all also always another answer answers answerable unanswerable any anything are available because been before being below
between both but can certain uncertain choice choices clear unclear conclude context could cannot decide decided determine determined determinable indeterminate
undetermined undeterminable correct incorrect does doubtful each either else enough equal equally unequal ever every evidence evident except exact fair unfair
false few first second third last less likely unlikely fewer given good great greater have information insufficient sufficient into just kind know known unknown
large least left right wrong little many maybe mentioned more most much must neither never none nor not nothing now often one only option options other others
over passage perhaps possible impossible probable probably improbable question rather said same several should small smaller some something sometimes specified
unspecified stated still such sure than that their them then there these they this those though through trough tough thought too true under undecided until
unable very was were what when where which while who whole whom whose will with within without would wont yes yet you your accepted excepted expected
agree disagree agreed disagreed agrees disagrees like likes dislike dislikes honest dishonest kind unkind happy unhappy safe unsafe stable unstable wise
unwise popular unpopular familiar unfamiliar common uncommon usual unusual normal abnormal typical atypical rational irrational national relevant irrelevant
responsible irresponsible regular irregular mature immature polite impolite patient impatient perfect imperfect proper improper pure impure competent
incompetent capable incapable culpable complete incomplete dependent independent formal informal human inhumane humane experienced inexperienced
experience experiment sensitive insensitive valid invalid visible invisible secure insecure decent indecent direct indirect active inactive adequate
inadequate appropriate inappropriate`;

/**
 * Words without a meaning of their own. A slip in one of them can hide nothing, if what was written is no other short
 * word.
 */
const FUNCTION_WORDS =
  'the of and is was are were be been who whom which that this with from for has have had will would to on at by as been being';

const SHORT_WORDS = `
a i an am as at be by do go he hi if in is it me my no of oh on or so to up us we ad ah ax ox ma pa hub ill all and any ant arm art ask ate bad bag ban bar bat bay bed
bee big bin bit bow box bus but can cap car cat cop cot cow cry cut dad day den did die dig dim dog dry due ear eat egg end era err eve ewe eye fan far few fit fix
fly fog fog for fox fun fur gap gas get gun gut had hag ham has hat hay hen her hid him hip his hit hog hot how hub hug hum hut ice inn its jam jar jaw jew jet job joy
key kin lab lad lag lap law lay led leg let lid lie lip lot low mad map mat may men met mix mob mom mop mud mum nap net new nod nor not now nun nut oak odd off oil old
one our out owe owl own pad pal pan pay pen per pet pie pig pin pit pop pot put rag ram ran rat raw ray red rib rid rim rod rot row rub rug run sad sat saw say sea see
set sex she sin sip sir sit six ski sky sly sob son sow spa spy sub sue sun tab tag tan tap tar tax tea ten the tie tin tip toe ton too top toy try tub two use van vet
via war was wax way web wed wet who why wig win wit woe won yes yet you zip able also area army away baby back ball band bank base bath bear beat been beer bell best
bill bird blow blue boat body bomb bond bone book boom born both bowl bulk burn bush busy call calm came camp card care case cash cast cell chat chip city club coal
coat code cold come cook cool cope copy core cost crew crop dark data date dawn days dead deaf deal dean dear debt deep deny desk dial diet disc disk does done door
dose down draw drew drop drug dual duke dust duty each earn ease east easy edge else even ever evil exit face fact fail fair fall farm fast fate fear feed feel feet
fell felt file fill film find fine fire firm fish five flat flow food foot ford form fort four free from fuel full fund gain game gate gave gear gene gift give glad
goal goes gold golf gone good gray grew grey grow gulf hair half hall hand hang hard harm hate have head hear heat held hell help here hero hers high hill hire hold
hole holy home hope host hour huge hung hunt hurt idea inch into iron item jack jane jean john join jump jury just keen keep kept kick kill kind king knee knew know
lack lady laid lake land lane last late lead left less life lift like line link list live load loan lock logo long look lord lose loss lost love luck made mail main
make male many mark mass mate math meal mean meat meet menu mere mike mile milk mill mind mine miss mode mood moon more most move much must name navy near neck need
news next nice nine none nose note okay once only onto open oral over pace pack page paid pain pair palm park part pass past path peak pick pink pipe plan play plot
plug plus poll pool poor port post pull pure push race rail rain rank rare rate read real rear rely rent rest rice rich ride ring rise risk road rock role roll roof
room root rose rule rush ruth safe said sake sale salt same sand save seat seed seek seem seen self sell send sent sept ship shop shot show shut sick side sign site
size skin slip slow snow soft soil sold sole some song soon sort soul spot star stay step stop such suit sure take tale talk tall tank tape task team tech tell tend
term test text than that them then they thin this thus till time tiny told toll tone took tool tour town tree trip true tune turn twin type unit upon used user vary
vast very vice view vote wage wait wake walk wall want ward warm wash wave ways weak wear week well went were west what when whom wide wife wild will wind wine wing
wire wise wish with wood word wore work yard yeah year your zero zone where whose which these those there their`;

const NUMBER_WORDS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen thirty thirsty fourteen forty fifteen fifty sixteen sixty seventeen seventy ' +
  'eighteen eighty nineteen ninety hundred hundreds thousand thousands million millions billion billions half double twice once dozen dozens quarter';

function wordSet(...lists: readonly string[]): ReadonlySet<string> {
  return new Set(lists.flatMap(list => list.trim().split(/\s+/)));
}

const numbers = wordSet(NUMBER_WORDS);
const functionWords = wordSet(FUNCTION_WORDS);
const known = wordSet(GROUPS, PERSONS, ROLES, ANSWERS, SHORT_WORDS, FUNCTION_WORDS, NUMBER_WORDS);

/** Returns whether a word, in lower case, is one of those that choices are made of. */
export function isKnownWord(word: string): boolean {
  return known.has(word);
}

export function isNumberWord(word: string): boolean {
  return numbers.has(word);
}

/** Returns whether a word, in lower case, has no meaning of its own. */
export function isFunctionWord(word: string): boolean {
  return functionWords.has(word);
}

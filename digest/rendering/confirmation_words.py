"""What the mail that asks for a confirmation says, in the newsletter's languages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationWords:
    """One language's words; in a pattern, braces hold what is filled in."""

    #: of the mail that asks
    subject: str
    heading: str
    asked: str
    button: str
    instead: str
    lasts: str
    ignore: str
    #: of the mail to somebody who is subscribed already
    already_subject: str
    already_heading: str
    already: str


WORDS = {
    "en": ConfirmationWords(
        subject="Please confirm your subscription to {name}",
        heading="Is this right?",
        asked="Somebody, probably you, gave us this address to receive {name}.",
        button="Yes, subscribe me",
        instead="Or open this address in your browser:",
        lasts="It works once, within {days} days.",
        ignore="If it wasn’t you, do nothing: unless you confirm, you get no "
        "newsletter from us.",
        already_subject="You are subscribed to {name} already",
        already_heading="You are on the list",
        already="You receive it already, so there is nothing to do. "
        "If it wasn’t you, nothing has changed.",
    ),
    "de": ConfirmationWords(
        subject="Bitte bestätigen Sie Ihre Anmeldung: {name}",
        heading="Stimmt das?",
        asked="Jemand, vermutlich Sie, hat diese Adresse angegeben, um {name} "
        "zu erhalten.",
        button="Ja, anmelden",
        instead="Oder öffnen Sie diese Adresse in Ihrem Browser:",
        lasts="Sie gilt einmal und {days} Tage lang.",
        ignore="Waren Sie es nicht, brauchen Sie nichts zu tun: Ohne Bestätigung "
        "bekommen Sie von uns keinen Newsletter.",
        already_subject="Sie sind schon angemeldet: {name}",
        already_heading="Sie sind schon dabei",
        already="Sie erhalten ihn bereits und brauchen nichts zu tun. "
        "Waren Sie es nicht, hat sich nichts geändert.",
    ),
    "fr": ConfirmationWords(
        subject="Confirmez votre inscription : {name}",
        heading="Est-ce bien vous ?",
        asked="Quelqu’un, sans doute vous, nous a donné cette adresse pour "
        "recevoir {name}.",
        button="Oui, je m’inscris",
        instead="Ou ouvrez cette adresse dans votre navigateur :",
        lasts="Elle est valable une seule fois, pendant {days} jours.",
        ignore="Si ce n’était pas vous, ne faites rien : sans confirmation, vous ne "
        "recevrez aucune newsletter de notre part.",
        already_subject="Vous êtes déjà inscrit : {name}",
        already_heading="Votre inscription est active",
        already="Vous la recevez déjà, il n’y a rien à faire. "
        "Si ce n’était pas vous, rien n’a changé.",
    ),
    "es": ConfirmationWords(
        subject="Confirme su suscripción: {name}",
        heading="¿Es correcto?",
        asked="Alguien, probablemente usted, nos dio esta dirección para "
        "recibir {name}.",
        button="Sí, suscribirme",
        instead="O abra esta dirección en su navegador:",
        lasts="Sirve una sola vez, durante {days} días.",
        ignore="Si no fue usted, no haga nada: sin su confirmación no recibirá "
        "ningún boletín nuestro.",
        already_subject="Ya está suscrito: {name}",
        already_heading="Ya está en la lista",
        already="Ya lo recibe, así que no hay nada que hacer. "
        "Si no fue usted, nada ha cambiado.",
    ),
    "nl": ConfirmationWords(
        subject="Bevestig uw aanmelding: {name}",
        heading="Klopt dit?",
        asked="Iemand, waarschijnlijk u, gaf dit adres op om {name} te ontvangen.",
        button="Ja, meld mij aan",
        instead="Of open dit adres in uw browser:",
        lasts="Het werkt één keer, {days} dagen lang.",
        ignore="Was u het niet? Dan hoeft u niets te doen: zonder bevestiging krijgt u "
        "van ons geen nieuwsbrief.",
        already_subject="U bent al aangemeld: {name}",
        already_heading="U staat op de lijst",
        already="U ontvangt hem al en hoeft niets te doen. "
        "Was u het niet, dan is er niets veranderd.",
    ),
    "it": ConfirmationWords(
        subject="Conferma la tua iscrizione: {name}",
        heading="È corretto?",
        asked="Qualcuno, probabilmente tu, ci ha dato questo indirizzo per "
        "ricevere {name}.",
        button="Sì, iscrivimi",
        instead="Oppure apri questo indirizzo nel browser:",
        lasts="Funziona una sola volta, entro {days} giorni.",
        ignore="Se non eri tu, non fare nulla: senza conferma non riceverai "
        "nessuna newsletter da noi.",
        already_subject="Sei già nella lista: {name}",
        already_heading="La tua iscrizione è attiva",
        already="La ricevi già, quindi non devi fare nulla. "
        "Se non eri tu, non è cambiato nulla.",
    ),
    "pt": ConfirmationWords(
        subject="Confirme a sua subscrição: {name}",
        heading="Está certo?",
        asked="Alguém, provavelmente você, deu-nos este endereço para receber {name}.",
        button="Sim, quero subscrever",
        instead="Ou abra este endereço no seu navegador:",
        lasts="Funciona uma só vez, durante {days} dias.",
        ignore="Se não foi você, não faça nada: sem confirmação não receberá "
        "nenhuma newsletter nossa.",
        already_subject="A sua subscrição já está ativa: {name}",
        already_heading="Já está na lista",
        already="Já a recebe, por isso não há nada a fazer. "
        "Se não foi você, nada mudou.",
    ),
    "ar": ConfirmationWords(
        subject="يرجى تأكيد الاشتراك: {name}",
        heading="هل هذا صحيح؟",
        asked="أعطانا شخص ما، وربما أنت، هذا العنوان لتلقي {name}.",
        button="نعم، أؤكد الاشتراك",
        instead="أو افتح هذا العنوان في المتصفح:",
        lasts="يعمل مرة واحدة، خلال {days} أيام.",
        ignore="إن لم تطلب ذلك فلا تفعل شيئًا: من دون تأكيد لن تصلك منا أي نشرة.",
        already_subject="أنت مشترك بالفعل: {name}",
        already_heading="أنت على القائمة",
        already="النشرة تصلك بالفعل، ولا حاجة إلى فعل شيء. "
        "وإن لم تطلب ذلك فلم يتغير شيء.",
    ),
    "he": ConfirmationWords(
        subject="נא לאשר את ההרשמה: {name}",
        heading="זה נכון?",
        asked="מישהו, כנראה אתם, מסר לנו את הכתובת הזאת כדי לקבל את {name}.",
        button="כן, אני רוצה להירשם",
        instead="או פתחו את הכתובת הזאת בדפדפן:",
        lasts="היא פועלת פעם אחת, במשך {days} ימים.",
        ignore="אם לא ביקשתם, אין צורך לעשות דבר: בלי אישור לא תקבלו מאיתנו ידיעון.",
        already_subject="אתם כבר רשומים: {name}",
        already_heading="אתם ברשימה",
        already="אתם כבר מקבלים אותו ואין צורך לעשות דבר. אם לא ביקשתם, דבר לא השתנה.",
    ),
}

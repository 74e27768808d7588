{#- The participant report's questions as landing names them. Labels, groups and weights stand in the questionnaire seeds;
    relationship tests on fct_motive_choice and fct_outcome_answer tell when the two lists differ. -#}

{% macro motive_question_keys() -%}
    {{ return([
        'motive__erasmus_grant', 'motive__labour_market_cooperation', 'motive__career', 'motive__foreign_language',
        'motive__sending_services', 'motive__new_teaching_methods', 'motive__student_staff_mobility',
        'motive__job_satisfaction', 'motive__meet_people', 'motive__social_cultural_knowledge', 'motive__spin_offs',
        'motive__share_with_students', 'motive__practical_skills', 'motive__field_competence',
        'motive__partner_cooperation', 'motive__good_practice', 'motive__network',
    ]) }}
{%- endmacro %}

{% macro outcome_question_keys() -%}
    {{ return([
        'outcome__labour_market_cooperation', 'outcome__civil_society_cooperation', 'outcome__ict_competence',
        'outcome__leadership_skills', 'outcome__foreign_language', 'outcome__career', 'outcome__new_teaching_methods',
        'outcome__spin_offs', 'outcome__social_cultural_competence', 'outcome__student_staff_mobility',
        'outcome__practical_skills', 'outcome__partner_cooperation', 'outcome__job_satisfaction',
        'outcome__good_practice', 'outcome__network', 'outcome__share_knowledge',
        'change__organisation_management__has_led', 'change__organisation_management__will_lead',
        'change__curriculum_involvement__has_led', 'change__curriculum_involvement__will_lead',
        'change__new_methods__has_led', 'change__new_methods__will_lead',
        'change__internationalisation__has_led', 'change__internationalisation__will_lead',
        'change__partner_cooperation__has_led', 'change__partner_cooperation__will_lead',
    ]) }}
{%- endmacro %}

{% macro question_keys() -%}
    {{ return(motive_question_keys() + outcome_question_keys()) }}
{%- endmacro %}

{#- What marts have a column of each of; the seeds hold labels and memberships. -#}

{% macro outcome_group_keys() -%}
    {{ return(['staff', 'quality', 'institution', 'institutional_change']) }}
{%- endmacro %}

{% macro strategy_component_keys() -%}
    {{ return(['anchoring', 'relative_priority', 'leadership_signals', 'facilitation', 'strategic_use']) }}
{%- endmacro %}

{% macro motive_category_keys() -%}
    {{ return(['personal', 'quality', 'institution']) }}
{%- endmacro %}
